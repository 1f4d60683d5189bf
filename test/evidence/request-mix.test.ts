import { expect, test } from 'vitest'
import { sampleMix } from '../../src/evidence/request-mix.js'
import { EVERYTHING } from '../../src/store/slice.js'
import { makeStore, openShop } from './workbooks.js'

const GET = { methods: ['GET'], limit: 1000, seed: 1 }
const at = (second: number) => `2026-10-05T10:00:${String(second).padStart(2, '0')}Z`

test('shares are those of the requests, weights included; other methods are left out and said', async () => {
  const rows = [
    ...Array.from({ length: 8 }, (_, i) => ({ time: at(i), path: '/a?x=1' })),
    { time: at(20), path: '/b', weight: 2 },
    { time: at(21), path: '/b', method: 'POST', weight: 10 },
  ]
  const { store } = await makeStore(rows)
  const result = await sampleMix(store, EVERYTHING, GET)
  expect(result).toMatchObject({
    requests: 10,
    sampled: 9,
    mix: [
      { method: 'GET', path: '/a?x=1', share: 0.8 },
      { method: 'GET', path: '/b', share: 0.2 },
    ],
  })
  expect(result.warnings.map(({ message }) => message)).toContain(
    'The mix leaves out 50.0% of the requests: only GET is sent, since others may change data.',
  )
  const both = await sampleMix(store, EVERYTHING, { ...GET, methods: ['GET', 'POST'] })
  expect(both.requests).toBe(20)
  expect(both.mix.map(({ method }) => method).sort()).toEqual(['GET', 'GET', 'POST'])
  expect(both.warnings.map(({ code }) => code)).toEqual(['sampled'])
  store.close()
})

test('a row that stands for many is drawn as often as many', async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    time: `2026-10-05T${String(10 + Math.floor(i / 1000)).padStart(2, '0')}:${String(Math.floor((i % 1000) / 60)).padStart(2, '0')}:${String(i % 60).padStart(2, '0')}Z`,
    path: i % 2 ? '/heavy' : '/light',
    client: `10.0.${i >> 8}.${i & 255}`,
    weight: i % 2 ? 4 : 1,
  }))
  const { store } = await makeStore(rows)
  const { mix, sampled } = await sampleMix(store, EVERYTHING, { ...GET, limit: 200 })
  expect(sampled).toBe(200)
  // Four fifths, and seven standard deviations of 200 draws.
  expect(mix.find(({ path }) => path === '/heavy')!.share).toBeGreaterThan(0.6)
  expect(mix.find(({ path }) => path === '/light')!.share).toBeGreaterThan(0.05)
  store.close()
})

test('what a stranger put into a path is not sent', async () => {
  const { store } = await makeStore([
    { time: at(1), path: '/good' },
    { time: at(2), path: '/bad\r\nHost: evil' },
    { time: at(3), path: '/with space' },
  ])
  const { mix, warnings } = await sampleMix(store, EVERYTHING, GET)
  expect(mix).toEqual([{ method: 'GET', path: '/good', share: 1 }])
  expect(warnings).toMatchObject([
    { code: 'mix-partial', message: expect.stringContaining('66.7% of the requests drawn are left out') },
  ])
  store.close()
})

test('of a recorded fortnight: the shares of its routes, the same each time, others by another seed', async () => {
  const { store, requests } = await openShop({ only: ['access.log.gz'] })
  const { mix } = await sampleMix(store, EVERYTHING, GET)
  const gets = requests.filter(({ method }) => method === 'GET')
  for (const prefix of ['/products/', '/orders']) {
    const isOf = ({ path }: { path: string }) => path.startsWith(prefix)
    const drawn = mix.filter(isOf).reduce((sum, { share }) => sum + share, 0)
    expect(Math.abs(drawn - gets.filter(isOf).length / gets.length), prefix).toBeLessThan(0.08)
  }
  expect(mix.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1)
  expect((await sampleMix(store, EVERYTHING, GET)).mix).toEqual(mix)
  expect((await sampleMix(store, EVERYTHING, { ...GET, seed: 2 })).mix).not.toEqual(mix)
  store.close()
})
