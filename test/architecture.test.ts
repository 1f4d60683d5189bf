import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findViolations } from './architecture/house.js'
import { readSource } from './architecture/read-source.js'

const src = fileURLToPath(new URL('../src/', import.meta.url))

async function readAll(): Promise<{ path: string; text: string }[]> {
  const entries = await readdir(src, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
  return Promise.all(
    files.map(async file => ({
      path: path.relative(src, file).split(path.sep).join('/'),
      text: await readFile(file, 'utf8'),
    })),
  )
}

describe('the house', () => {
  test('stands: rooms, imports, owners, exports, size', async () => {
    const files = await readAll()
    expect(files.length).toBeGreaterThan(100)
    expect(findViolations(files)).toEqual([])
  })
})

const COMMAND = 'export default class Look extends BaseCommand {}'

describe('a violation is found', () => {
  test.for([
    [
      'a room to the right',
      'stats/a.ts',
      `import { b } from '../store/b.js'`,
      'store is not to the left of stats',
    ],
    ['types only', 'stats/a.ts', `import type { B } from '../store/b.js'`, 'store is not to the left'],
    [
      'several lines',
      'stats/a.ts',
      `import {\n  b,\n  c,\n} from '../store/b.js'`,
      'store is not to the left',
    ],
    ['re-exported', 'stats/a.ts', `export * from '../store/b.js'`, 'store is not to the left'],
    ['for its effect', 'stats/a.ts', `import '../store/b.js'`, 'store is not to the left'],
    ['dynamic', 'stats/a.ts', `const b = await import('../store/b.js')`, 'store is not to the left'],
    [
      'dynamic, a template',
      'stats/a.ts',
      'const b = await import(`../store/b.js`)',
      'store is not to the left',
    ],
    [
      'the type of an import',
      'stats/a.ts',
      `export type B = import('../store/b.js').B`,
      'store is not to the left',
    ],
    [
      'behind a comment',
      'stats/a.ts',
      `/* it's */ import { b } /* from 'x' */ from '../store/b.js'`,
      'store is not to the left',
    ],
    [
      'behind an odd text',
      'stats/a.ts',
      `const q = /['"\`]/\nconst a = 1 / 2\nimport('../store/b.js')`,
      'store is not to the left',
    ],
    [
      'a room between the same bars',
      'evidence/a.ts',
      `import { b } from '../sources/b.js'`,
      'sources is not to the left of evidence',
    ],
    [
      'a file between the same bars',
      'units.ts',
      `import { b } from './redact.js'`,
      'redact is not to the left of units',
    ],
    ['commands', 'steps/a.ts', `import Look from '../commands/look.js'`, 'nobody imports commands'],
    [
      'commands, from commands',
      'commands/look.ts',
      `import Over from './overview.js'\n${COMMAND}`,
      'nobody imports commands',
    ],
    [
      'commands, from its base',
      'base-command.ts',
      `import Over from './commands/overview.js'`,
      'nobody imports commands',
    ],
    [
      'the board, from the base',
      'base-command.ts',
      `import { board } from './tui/board.js'`,
      'only commands imports tui',
    ],
    [
      'out of the house',
      'stats/a.ts',
      `import p from '../../package.json' with { type: 'json' }`,
      'outside src',
    ],
    ['no room', 'stats/a.ts', `import { x } from '../misc.js'`, 'in no room'],
    [
      'DuckDB',
      'evidence/a.ts',
      `import { DuckDBInstance } from '@duckdb/node-api'`,
      'DuckDB belongs to store',
    ],
    [
      'oclif',
      'steps/a.ts',
      `import { Flags } from '@oclif/core'`,
      'oclif belongs to flags and base-command and unknown-command and commands',
    ],
    ['Ink', 'commands/look.ts', `import { Box } from 'ink'\n${COMMAND}`, 'Ink belongs to tui'],
    ['React', 'reports/a.tsx', `import { jsx } from 'react/jsx-runtime'`, 'Ink belongs to tui'],
    ['a tracker', 'steps/a.ts', `import { Octokit } from '@octokit/core'`, 'belongs to trackers'],
    ['YAML', 'stories/a.ts', `import { parse } from 'yaml'`, 'YAML belongs to workbook'],
    [
      'the inspector',
      'steps/a.ts',
      `import { Session } from 'node:inspector/promises'`,
      'the inspector belongs to profilers',
    ],
    ['autocannon', 'steps/a.ts', `import autocannon from 'autocannon'`, 'autocannon belongs to load'],
    ['the environment', 'steps/a.ts', 'const home = process.env.HOME', 'reads process.env'],
    ['the folder', 'steps/a.ts', 'const here = process.cwd()', 'reads process.cwd'],
    [
      'in a template',
      'steps/a.ts',
      `const x = \`\${\`a\${process.stdout.columns}\`}\``,
      'reads process.stdout',
    ],
    ['by another name', 'steps/a.ts', `import { env } from 'node:process'`, 'comes in through parameters'],
    ['a default export', 'steps/a.ts', 'export default function a() {}', 'default export'],
    ['a default by name', 'steps/a.ts', 'const a = 1\nexport { a as default }', 'default export'],
    ['no command', 'commands/flags.ts', 'export const x = 1', 'is no command'],
    ['an unknown room', 'network/a.ts', '', 'in no room of the house'],
    ['an unknown file', 'misc.ts', '', 'in no room of the house'],
    ['a file that is a room', 'store.ts', '', 'should be a folder'],
    ['a room that is a file', 'errors/a.ts', '', 'should be a file'],
    ['a vague folder', 'steps/utils/a.ts', '', 'no folder is called utils'],
    ['another language', 'steps/a.js', '', 'no TypeScript'],
    ['another case', 'steps/readIt.ts', '', 'kebab-case'],
    ['301 lines', 'steps/a.ts', 'const a = 1\n'.repeat(301), 'has 301 lines'],
  ] as const)('%s', ([, file, text, expected]) => {
    const found = findViolations([{ path: file, text }])
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(expected)
    expect(found[0]).toContain(`${file}: `)
  })
})

describe('what is right is left alone', () => {
  test.for([
    ['a room to the left', 'evidence/a.ts', `import { b } from '../store/b.js'`],
    ['the same room', 'sources/formats/a.ts', `import { b } from '../layout.js'`],
    ['a package that nobody owns', 'stories/a.ts', `import { z } from 'zod'`],
    ['an owner', 'workbook/a.ts', `import { parse } from 'yaml'`],
    ['a command', 'commands/story/new.ts', `import { BaseCommand } from '../../base-command.js'\n${COMMAND}`],
    ['the environment in a command', 'commands/look.ts', `process.env.HOME\n${COMMAND}`],
    ['the environment in the library’s entry', 'index.ts', 'process.env.HOME'],
    ['in a comment', 'steps/a.ts', `// import '../tui/a.js'\n/* process.env */`],
    [
      'in a text',
      'steps/a.ts',
      `const code = 'process.env.HOME'\nconst more = \`import('../tui/a.js') process.env\``,
    ],
    ['300 lines', 'steps/a.ts', 'const a = 1\n'.repeat(300)],
  ] as const)('%s', ([, file, text]) => {
    expect(findViolations([{ path: file, text }])).toEqual([])
  })
})

test('no import is overlooked', async () => {
  for (const { path: file, text } of await readAll()) {
    const lines = text.match(/^(?:import|export|\}) .*\bfrom '[^']+'$/gm) ?? []
    const imports = readSource({ path: file, text }).imports
    expect(imports.length, file).toBeGreaterThanOrEqual(lines.length)
  }
})
