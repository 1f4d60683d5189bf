import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { commandPages, commandTable } from '../scripts/command-pages.js'
import {
  expectedStatus,
  matches,
  readConsoleBlocks,
  refreshBlocks,
  runCommands,
} from '../scripts/console-blocks.js'
import { readScenario } from '../src/experiments/benchmarks/scenario.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFile(path.join(root, file), 'utf8')
const manifest = JSON.parse(await read('oclif.manifest.json'))
const { topics } = JSON.parse(await read('package.json')).oclif

const REFRESH = '`npm run docs` writes it anew'

describe('examples print what is shown', () => {
  test('README.md', { timeout: 240_000 }, async () => {
    const blocks = readConsoleBlocks(await read('README.md'))
    const results = runCommands(blocks.map(({ command }) => command))
    for (const [i, { command, line, shown }] of blocks.entries()) {
      const { printed, status } = results[i]!
      const place = `README.md:${line}: $ ${command}`
      expect(status, `${place}\n${printed.join('\n')}`).toBe(expectedStatus(command))
      // Shown as a whole, so that the difference can be seen.
      if (!matches(shown, printed)) expect(printed.join('\n'), `${place}\n${REFRESH}`).toBe(shown.join('\n'))
    }
  })

  test('the README has examples of the whole way', async () => {
    const commands = readConsoleBlocks(await read('README.md')).map(({ command }) => command)
    for (const step of [
      'init',
      'import',
      'overview',
      'triage',
      'whatif',
      'story show',
      'timebox start',
      'hypothesis test',
      'story close',
      'next',
      'missing',
    ]) {
      expect(
        commands.some(command => command.startsWith(`whyslow ${step}`)),
        step,
      ).toBe(true)
    }
  })
})

describe('other examples work', () => {
  const blockOf = async (language: string, beginning: string) =>
    [...(await read('README.md')).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))]
      .map(([, text = '']) => text)
      .find(text => text.startsWith(beginning))!

  test('the scenario of the README', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-docs-'))
    const file = path.join(folder, 'orders.yaml')
    await writeFile(file, await blockOf('yaml', 'service:'))
    expect(await readScenario(file, 'orders.yaml')).toMatchObject({ under: 250, story: 'get-orders' })
    await rm(folder, { recursive: true })
  })

  test('the script of the README', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-docs-'))
    await mkdir(path.join(folder, 'node_modules'))
    await symlink(root, path.join(folder, 'node_modules/whyslow'))
    await writeFile(path.join(folder, 'script.mjs'), await blockOf('js', 'import { compare }'))
    const { stdout } = await promisify(execFile)(process.execPath, ['script.mjs'], { cwd: folder })
    expect(stdout).toMatch(/^(better|worse|no meaningful difference|cannot tell yet)\n$/)
    await rm(folder, { recursive: true })
  })
})

describe('commands', () => {
  test('each has its page, and each page its command', async () => {
    const pages = commandPages(manifest, topics)
    expect((await readdir(path.join(root, 'docs/commands'))).sort()).toEqual([...pages.keys()].sort())
    for (const [name, text] of pages) expect(await read(`docs/commands/${name}`), REFRESH).toBe(text)
  })

  test('each is in the README', async () => {
    const readme = await read('README.md')
    const shown = /<!-- commands -->\n([\s\S]*?)\n<!-- \/commands -->/.exec(readme)?.[1]
    expect(shown, REFRESH).toBe(commandTable(manifest))
    for (const id of Object.keys(manifest.commands))
      expect(readme).toContain(`whyslow ${id.replaceAll(':', ' ')}`)
  })
})

test('links lead to files that are there', async () => {
  const missing: string[] = []
  for (const file of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']) {
    for (const [, target = ''] of (await read(file)).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(target)) continue
      await access(path.join(root, target)).catch(() => missing.push(`${file}: ${target}`))
    }
  }
  expect(missing).toEqual([])
})

describe('a difference is found', () => {
  const example = [
    'text',
    '```console',
    '$ whyslow a \\',
    '    --b',
    'one …',
    '…',
    '',
    'three',
    '```',
    '```sh',
    '$ not this',
    '```',
  ]

  test('blocks', () => {
    expect(readConsoleBlocks(example.join('\n'))).toMatchObject([
      { command: 'whyslow a --b', line: 3, shown: ['one …', '…', '', 'three'] },
    ])
  })

  test.for([
    [['one …', '…', 'three'], ['one', 'three'], false],
    [['one …', '…', 'three'], ['one x', 'three'], true],
    [['one …', '…', 'three'], ['one x', '2', '', 'three'], true],
    [['one …', '…', 'three'], ['one x', '2', 'three', 'four'], false],
    [['a.c'], ['abc'], false],
    [['a … c'], ['a b c'], true],
    [['a … c'], ['a b', ' c'], false],
    [[], ['x'], false],
    [['…'], ['x', 'y'], true],
    [['  x'], ['x'], false],
  ] as const)('%j for %j: %s', ([shown, printed, expected]) => {
    expect(matches([...shown], [...printed])).toBe(expected)
  })

  test('what has changed is shown anew, and what was left out stays so', () => {
    const before = [
      '```console',
      '$ printf "a\\nb\\nc\\nd\\ne 7\\nf\\n"',
      'a',
      'old',
      '…',
      'e …',
      '…',
      '```',
      'text',
    ]
    const { markdown, surprises } = refreshBlocks(before.join('\n'))
    expect(markdown.split('\n')).toEqual([...before.slice(0, 2), 'a', 'b', '…', 'e …', '…', '```', 'text'])
    expect(surprises).toEqual([])
    expect(refreshBlocks('```console\n$ false\n```').surprises).toEqual(['line 2: exit 1: false'])
  })

  test('commands share a folder, and their exit codes are kept', () => {
    const results = runCommands([
      'mkdir a && cd a',
      'pwd | sed s:.*/::',
      'echo no >&2; exit 3',
      'pwd | sed s:.*/::',
      'ls ../fixtures/logs/alb.log',
    ])
    expect(results).toEqual([
      { printed: [], status: 0 },
      { printed: ['a'], status: 0 },
      { printed: ['no'], status: 3 },
      { printed: ['a'], status: 0 },
      { printed: ['../fixtures/logs/alb.log'], status: 0 },
    ])
    expect(expectedStatus('whyslow a # exit 3')).toBe(3)
  })
})
