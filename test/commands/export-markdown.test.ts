import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createStory } from '../../src/stories/write-story.js'
import { createWorkbook } from '../../src/workbook/workbook.js'
import { type CliRun, runCli } from './run-cli.js'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whyslow-export-'))
  await createWorkbook(dir)
  await createStory(dir, {
    title: 'Exports time out for bob@example.com',
    questions: { impact: { value: 'the \x1b[31mexport\x1b[0m page never loads', source: 'person' } },
  })
  await createStory(dir, { title: 'Search is slow' })
})

function run(...args: string[]): Promise<CliRun> {
  return runCli(['export', 'markdown', ...args], { cwd: dir })
}

test('the ticket is on stdout, all else on stderr', async () => {
  const { code, stdout, stderr } = await run('exports-time-out-for-bob-example-com')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^# Exports time out for \\\[e-mail\\\]\n/)
  expect(stdout).not.toContain('\x1b')
  expect(stderr).toContain('Taken out: 1 × e-mail')
  expect(stderr).toContain('has no chart')
})

test('--json has the same as data', async () => {
  const { stdout } = await run('search-is-slow', '--json')
  expect(JSON.parse(stdout)).toEqual({
    exports: [
      { story: 'search-is-slow', markdown: expect.stringMatching(/^# Search is slow\n/), file: null },
    ],
    redacted: [],
    warnings: expect.any(Array),
  })
})

test('several stories go to a folder, whose files are named on stdout', async () => {
  const { code, stdout } = await run(
    'search-is-slow',
    'exports-time-out-for-bob-example-com',
    '--out',
    'tickets',
  )
  expect(code).toBe(0)
  expect(stdout.trim().split('\n')).toHaveLength(2)
  expect(await readFile(join(dir, 'tickets', 'search-is-slow.md'), 'utf8')).toMatch(/^# Search is slow\n/)
})

test('a story that there is not is wrong use', async () => {
  const { code, stdout, stderr } = await run('serch-is-slow')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Did you mean search-is-slow?')
})

test('without a story it says that one is missing', async () => {
  expect((await run()).code).toBe(2)
})
