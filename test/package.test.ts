import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHere } from './commands/run-here.js'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const bin = path.join(root, 'bin/run.js')
const read = (file: string) => readFile(path.join(root, file), 'utf8')
const pkg = JSON.parse(await read('package.json'))
const manifest = JSON.parse(await read('oclif.manifest.json'))
const commands: [
  string,
  { summary?: string; examples?: string[]; flags: Record<string, { char?: string; allowNo?: boolean }> },
][] = Object.entries(manifest.commands)

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)))
}

/** Without npm's scripts: they would build, and other tests run what is built. */
async function listPacked(): Promise<string[]> {
  packing ??= run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root })
  const { stdout } = await packing
  return JSON.parse(stdout)[0].files.map((file: { path: string }) => file.path)
}
let packing: Promise<{ stdout: string }> | undefined

describe('what npm packs', () => {
  test('is the program, its templates and what people read', async () => {
    const packed = await listPacked()
    const expected = [
      ...(await listFiles('bin')),
      ...(await listFiles('dist')),
      ...(await listFiles('templates')),
      ...['LICENSE', 'README.md', 'oclif.manifest.json', 'package.json'],
    ]
    expect(packed.sort()).toEqual(expected.sort())
    expect(packed).toContain('dist/commands/import.js')
  })

  test('has what its manifest promises', async () => {
    const dist = new Set(await listFiles('dist'))
    for (const [, command] of commands as unknown as [string, { relativePath: string[] }][]) {
      expect(dist).toContain(command.relativePath.join('/'))
    }
    const sources = (await listFiles('src/commands')).map(file =>
      file.replace('src/', 'dist/').replace(/\.tsx?$/, '.js'),
    )
    expect(
      commands
        .map(([, command]) => (command as unknown as { relativePath: string[] }).relativePath.join('/'))
        .sort(),
    ).toEqual(sources.sort())
  })

  test('publint finds nothing', async () => {
    const files = (await listPacked()).map(async name => ({
      name: path.join(root, name),
      data: await readFile(path.join(root, name)),
    }))
    const { messages } = await publint({
      pkgDir: root,
      pack: { files: await Promise.all(files) },
      strict: true,
    })
    expect(messages.map(message => formatMessage(message, pkg))).toEqual([])
  })

  test('no package needs an install script to run', async () => {
    const lock = JSON.parse(await read('package-lock.json'))
    const scripts = Object.entries<{ hasInstallScript?: boolean; dev?: boolean; devOptional?: boolean }>(
      lock.packages,
    )
      .filter(
        ([name, { hasInstallScript, dev, devOptional }]) =>
          name !== '' && hasInstallScript && !dev && !devOptional,
      )
      .map(([name]) => name)
    expect(scripts).toEqual([])
  })

  test('the lock file has the packages of every platform', async () => {
    const { packages } = JSON.parse(await read('package-lock.json'))
    const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(packages).flatMap(
      ([at, entry]) =>
        Object.keys(entry.optionalDependencies ?? {}).filter(
          name => !packages[`${at}/node_modules/${name}`] && !packages[`node_modules/${name}`],
        ),
    )
    expect(missing, 'node scripts/complete-lock.js adds them').toEqual([])
  })

  test('the lock file names no host', async () => {
    const lock = await read('package-lock.json')
    expect(lock.match(/"resolved": "[^"]*"/g) ?? []).toEqual([])
    expect(
      lock.match(/https?:\/\/(?!github\.com|opencollective\.com|[^"]*(?:fund|sponsor))[^"]*registry[^"]*/g) ??
        [],
    ).toEqual([])
    expect(lock).toContain('"integrity"')
  })
})

describe('help', () => {
  test.for(commands)('%s', async ([id, command]) => {
    const { stdout } = await runHere([...id.split(':'), '--help'], { cwd: root, env: { COLUMNS: '200' } })
    expect(command.summary).toMatch(/^[A-Z].*[.?]$/)
    expect(stdout).toContain(command.summary)
    expect(stdout).toContain('EXAMPLES')
    expect(stdout).toContain(`whyslow ${id.replaceAll(':', ' ')}`)
    expect(stdout).not.toContain('<%')
  })

  test.for(commands)('the examples of %s use options that are there', ([id, { examples = [], flags }]) => {
    const known = Object.entries(flags).flatMap(([name, { char, allowNo }]) => [
      `--${name}`,
      ...(allowNo ? [`--no-${name}`] : []),
      ...(char ? [`-${char}`] : []),
    ])
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      expect(example).toContain('<%= config.bin %> <%= command.id %>')
      const unquoted = example.replace(/"[^"]*"|'[^']*'/g, '').split('<%= command.id %>')[1]!
      for (const [, option = ''] of unquoted.matchAll(/\s(--?[a-z][\w-]*)/g))
        expect(known, `${id}: ${example}`).toContain(option)
    }
  })
})

describe('start', () => {
  const HEAVY = ['@duckdb', 'ink', 'react', 'autocannon', 'jira.js', '@octokit']

  async function loadedBy(dir: string, ...args: string[]): Promise<string[]> {
    const hook = path.join(root, 'test/package/list-modules.js')
    // Whether it succeeds is of no matter here: only what had been loaded by then.
    const { stderr } = await run(process.execPath, ['--import', hook, bin, ...args], { cwd: dir }).catch(
      error => error,
    )
    const loaded = [...(stderr as string).matchAll(/^loaded .*\/node_modules\/((?:@[^/]+\/)?[^/]+)/gm)]
    return [...new Set(loaded.map(match => match[1]!))]
  }

  const heavyOf = (packages: string[]) =>
    packages.filter(name => HEAVY.some(heavy => name === heavy || name.startsWith(`${heavy}/`)))

  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'whyslow-start-'))
    await run(process.execPath, [bin, 'init'], { cwd: dir })
  })
  afterAll(() => rm(dir, { recursive: true }))

  test.for([['--version'], ['--help'], ['import', '--help'], ['nosuchcommand']])(
    '%j loads no engine',
    async args => {
      const packages = await loadedBy(dir, ...args)
      expect(packages).toContain('@oclif/core')
      expect(heavyOf(packages)).toEqual([])
    },
  )

  test('an engine would be seen', async () => {
    expect(heavyOf(await loadedBy(dir, 'overview'))).toContain('@duckdb/node-api')
  })
})
