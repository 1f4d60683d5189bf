// Compiles src/ to dist/, with the types of the library, bundles what is used of large packages there, and writes oclif’s manifest, so that no command has to be loaded to show help.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePackages } from './bundle.js'
import { keepReachable } from './declarations.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(`${root}dist`, { recursive: true, force: true })
const declarations = mkdtempSync(path.join(os.tmpdir(), 'whyslow-types-'))
process.on('exit', () => rmSync(declarations, { recursive: true, force: true }))
run('tsc', ['-p', '.', '--declaration', '--declarationDir', declarations])
keepReachable(path.join(declarations, 'index.d.ts'), { from: declarations, to: path.join(root, 'dist') })
await bundlePackages(root)
run('oclif', ['manifest'])
