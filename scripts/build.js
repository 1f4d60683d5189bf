// Compiles src/ to dist/, bundles what is used of large packages there, and writes oclif’s manifest, so that no command has to be loaded to show help.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundlePackages } from './bundle.js'

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
run('tsc', ['-p', '.'])
await bundlePackages(root)
run('oclif', ['manifest'])
