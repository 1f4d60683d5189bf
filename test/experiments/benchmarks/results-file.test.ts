/** The file of results: what survives a crash in the middle of a line, other versions, and hands that edit it. */
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  appendRepetition,
  checkResultsFile,
  readResults,
  resultsFileOf,
} from '../../../src/experiments/benchmarks/results-file.js'
import { makeRepetition } from './make-repetition.js'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'whyslow-results-'))
})
afterAll(() => rm(dir, { recursive: true }))

test('what is added is read again, in its order', async () => {
  const file = resultsFileOf({ file: path.join(dir, 'orders.yaml'), name: 'orders' })
  expect(file).toBe(path.join(dir, 'results/orders.ndjson'))
  expect(await readResults(file)).toEqual({ repetitions: [], warnings: [] })
  const nothing = { underShare: null, cpu_ms: null, gc: null, eventLoopDelay: null, latency: [] }
  const kept = [makeRepetition(), makeRepetition({ index: 2, ...nothing }), makeRepetition({ index: 3 })]
  for (const repetition of kept) await appendRepetition(file, repetition)
  expect(await readResults(file)).toEqual({ repetitions: kept, warnings: [] })
  expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(4)
})

test('a line that was cut off is left out, and the next one begins below it', async () => {
  const file = path.join(dir, 'torn.ndjson')
  await appendRepetition(file, makeRepetition())
  await appendFile(file, JSON.stringify(makeRepetition({ index: 2 })).slice(0, 200))
  const torn = await readResults(file, 'torn.ndjson')
  expect(torn.repetitions.map(({ index }) => index)).toEqual([1])
  expect(torn.warnings).toEqual([
    {
      code: 'lines-rejected',
      message: 'A line of the results is left out: torn.ndjson:2 (was cut off while it was written).',
      next: expect.any(String),
    },
  ])
  await appendRepetition(file, makeRepetition({ index: 3 }))
  const { repetitions, warnings } = await readResults(file, 'torn.ndjson')
  expect(repetitions.map(({ index }) => index)).toEqual([1, 3])
  expect(warnings[0]!.message).toContain('torn.ndjson:2 (isn’t JSON)')
})

test('a whole line without its end is no loss', async () => {
  const file = path.join(dir, 'whole.ndjson')
  await writeFile(file, JSON.stringify(makeRepetition()))
  expect(await readResults(file)).toEqual({ repetitions: [makeRepetition()], warnings: [] })
  await appendRepetition(file, makeRepetition({ index: 2 }))
  expect((await readResults(file)).repetitions).toHaveLength(2)
})

test('keys of later versions are left out, those that an earlier one had not are not measured', async () => {
  const file = path.join(dir, 'versions.ndjson')
  const { gc: _, lateness: __, timeouts: ___, environment, ...known } = makeRepetition()
  const { mix: ____, ...undrawn } = environment
  const earlier = { ...known, environment: undrawn }
  const later = {
    ...makeRepetition(),
    moon: 'full',
    environment: { ...makeRepetition().environment, moon: 1 },
  }
  await writeFile(file, `${JSON.stringify(later)}\r\n\n${JSON.stringify(earlier)}\n`)
  expect(await readResults(file)).toEqual({
    repetitions: [makeRepetition(), makeRepetition({ gc: null })],
    warnings: [],
  })
})

test('each line that is none is named with its place', async () => {
  const file = path.join(dir, 'bad.ndjson')
  const lines = [
    '<<<<<<< HEAD',
    JSON.stringify(makeRepetition()),
    '[1]',
    JSON.stringify({ ...makeRepetition(), under_ms: 'fast' }),
    JSON.stringify({ ...makeRepetition(), latency: [[1, 2, 3]] }),
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const { repetitions, warnings } = await readResults(file, 'bad.ndjson')
  expect(repetitions).toHaveLength(1)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]!.message).toMatch(
    /^4 lines of the results are left out: bad\.ndjson:1 \(isn’t JSON\), bad\.ndjson:3/,
  )
  expect(warnings[0]!.message).toContain('bad.ndjson:4 (under_ms: ')
  expect(warnings[0]!.message).toContain('bad.ndjson:5 (latency: expected pairs of milliseconds and a count)')
})

test('whether it can be written is known before, and leaves nothing behind', async () => {
  const file = path.join(dir, 'ahead/orders.ndjson')
  await checkResultsFile(file)
  expect(await readdir(path.dirname(file))).toEqual([])
  await appendRepetition(file, makeRepetition())
  await checkResultsFile(file)
  expect((await readResults(file)).repetitions).toHaveLength(1)
  await mkdir(path.join(dir, 'folder.ndjson'))
  await expect(checkResultsFile(path.join(dir, 'folder.ndjson'))).rejects.toThrow(
    /there is a folder of that name/,
  )
  await expect(checkResultsFile(path.join(file, 'below.ndjson'))).rejects.toThrow(
    /a part of the path is a file|Could not write/,
  )
})
