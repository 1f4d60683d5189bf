/** Results that were measured before: what may be compared. Nothing is measured. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkComparable } from '../../../src/experiments/benchmarks/check-comparable.js'
import type { Repetition } from '../../../src/experiments/benchmarks/repetition.js'
import {
  type ScenarioObject,
  scenarioFromObject,
} from '../../../src/experiments/benchmarks/scenario-object.js'
import { compareResults } from '../../../src/steps/benchmarks/compare-results.js'
import { makeRepetition } from '../../experiments/benchmarks/make-repetition.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-results-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function compare(
  base: Partial<Repetition>,
  head: Partial<Repetition>,
  waivers: ScenarioObject['waivers'] = [],
) {
  const scenario = scenarioFromObject(
    {
      service: { command: 'node server.js', ready: 'http://127.0.0.1:3000/' },
      load: { url: 'http://127.0.0.1:3000/' },
      gates: ['cpu'],
      waivers,
    },
    { name: 'orders', folder },
  )
  const side = async (name: string, given: Partial<Repetition>) => {
    const target = path.join(folder, name)
    const lines = Array.from({ length: 6 }, (_, i) =>
      JSON.stringify(makeRepetition({ cpuPerRequest_ms: 2 + i * 0.001, ...given })),
    )
    await writeFile(target, `${lines.join('\n')}\n`)
    return { name, kind: 'results' as const, target, warnings: [] }
  }
  return compareResults(
    { scenario, under_ms: 250, mix: null, warnings: [] },
    {
      base: await side('a.ndjson', base),
      head: await side('b.ndjson', head),
      seed: 1,
      now: () => new Date('2026-11-15T00:00:00Z'),
    },
  )
}

test('another Node or whyslow is told, and judged', async () => {
  const { environment } = makeRepetition()
  const result = await compare({}, { environment: { ...environment, node: 'v26.0.0', whyslow: '9.0.0' } })
  expect(result.verdict).toBe('no meaningful difference')
  expect(result.differs.map(({ what }) => what)).toEqual(['Node', 'whyslow'])
})

test('another threshold, load or service is refused: what differs, and the way out', async () => {
  await expect(compare({}, { fingerprint: 'g', under_ms: 500 })).rejects.toMatchObject({
    message: expect.stringMatching(/less than 250 ms in a\.ndjson and than 500 ms in b\.ndjson/),
    exit: 2,
    next: [expect.stringContaining('one scenario'), expect.stringContaining('bench compare')],
  })
  await expect(compare({}, { fingerprint: 'g' })).rejects.toThrow(
    'a.ndjson and b.ndjson were measured with another load, or with the service started in another way',
  )
})

test('a waiver that expired fails the comparison, also where its metric has no gate; one that holds is unused', async () => {
  const waiver = { metric: 'memory', ceiling: '70MB', reason: 'a cache', expires: '2026-11-14' }
  const expired = await compare({}, {}, [waiver])
  expect(expired).toMatchObject({ verdict: 'worse', gates: [{ fails: false }] })
  expect(expired.waivers).toMatchObject([{ metric: 'memory', value: 60, state: 'expired' }])
  const told = ({ warnings }: typeof expired) =>
    warnings.filter(({ code }) => code.startsWith('waiver')).map(({ code, message }) => `${code} ${message}`)
  expect(told(expired)).toEqual([
    'waiver-failed The waiver of memory (a cache) expired on 2026-11-14: the peak memory is 60.0 MB.',
  ])
  const held = await compare({}, {}, [{ ...waiver, expires: '2026-12-31' }])
  expect(held.verdict).toBe('no meaningful difference')
  expect(told(held)).toEqual([expect.stringMatching(/^waiver-unused .*it excuses nothing/)])
})

test('functions are one kind, whatever is good of each', () => {
  const of = (under_ms: number) => ({ name: 'f', repetitions: [{ fingerprint: 'function', under_ms }] })
  expect(() => checkComparable(of(1), of(2))).not.toThrow()
})
