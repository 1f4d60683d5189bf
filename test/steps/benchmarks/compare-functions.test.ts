import { expect, test } from 'vitest'
import { compareFunctions } from '../../../src/steps/benchmarks/compare-functions.js'

test('the machine is looked at before each pair of two functions and after it', async () => {
  const work = () => Array.from({ length: 2000 }, Math.sqrt).length
  const result = await compareFunctions(
    { base: work, head: work, warmup: 20, duration: 10, gates: ['memory'], pairs: 2, mostPairs: 2 },
    { version: '0', env: process.env, now: () => new Date(), newId: () => 'r' },
  )
  const of = (side: string) =>
    result.repetitions.filter(one => one.side === side).map(({ figures }) => figures.noise)
  const [first, second] = of('base')
  expect(of('head')).toEqual([first, second])
  expect(first!.after).not.toBe(first!.before)
  expect(second!.before).toBe(first!.after)
  expect(second!.after).not.toBe(second!.before)
  expect([result.noise.before, result.noise.after]).toEqual([first!.before, second!.after])
})
