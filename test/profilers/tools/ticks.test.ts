import { expect, test } from 'vitest'
import { readCpuProfile } from '../../../src/profilers/formats/cpuprofile.js'
import { hottestFunctions } from '../../../src/profilers/hottest.js'
import { readTickInterval, ticksToCpuProfile } from '../../../src/profilers/tools/ticks.js'

const js = (name: string) => ({ name, type: 'JS', kind: 'Opt' })
const native = (name: string, type = 'CPP') => ({ name, type })

test('each tick is one interval of its stack, and the rest of the time is idle', () => {
  const main = js('get main /app/a b.js:3:7')
  const ticks = [
    [main],
    [main, js('render file:///app/page.js:12:3')],
    [main, { ...js('render file:///app/page.js:12:3'), kind: 'Unopt' }],
    [main, js(' /app/a b.js:20:1'), native('write')],
    [native('/usr/lib/libc.so.6', 'SHARED_LIB')],
    [],
  ]
  const text = ticksToCpuProfile(JSON.stringify(ticks), { interval_us: 2000, duration_ms: 30 })
  const profile = readCpuProfile(text, { file: 'x' })
  expect(profile).toMatchObject({ duration_ms: 30, samples: 7, interval_us: 2000 })
  const { hottest, idle, active } = hottestFunctions(profile)
  const sortByName = (all: typeof hottest) =>
    [...all].sort((a, b) => b.self - a.self || b.total - a.total || (a.function < b.function ? -1 : 1))
  expect({ idle, active }).toEqual({ idle: 18, active: 12 })
  expect(
    sortByName(hottest).map(({ function: name, file, line, self, total }) => [name, file, line, self, total]),
  ).toEqual([
    ['render', '/app/page.js', 12, 4, 4],
    ['get main', '/app/a b.js', 3, 2, 8],
    ['(program)', null, null, 2, 2],
    ['libc.so.6', null, null, 2, 2],
    ['write', null, null, 2, 2],
    ['(anonymous)', '/app/a b.js', 20, 0, 2],
  ])
})

test('no ticks is an idle program', () => {
  const profile = readCpuProfile(ticksToCpuProfile('[]', { duration_ms: 5 }), { file: 'x' })
  expect(hottestFunctions(profile)).toEqual({ hottest: [], idle: 5, active: 0 })
})

test('what is no such file is refused', () => {
  expect(() => ticksToCpuProfile('{"a":1}', { duration_ms: 5 })).toThrow(TypeError)
  expect(() => ticksToCpuProfile('[[{"na', { duration_ms: 5 })).toThrow(SyntaxError)
})

async function* lines(...all: string[]): AsyncGenerator<string> {
  yield* all
}

test('the interval is the median between ticks of the log', async () => {
  const ticks = Array.from(
    { length: 21 },
    (_, i) => `tick,0x1,${1000 + i * 1100 + (i > 10 ? 90_000 : 0)},0,0x0,0`,
  )
  expect(await readTickInterval(lines('code-creation,x', ...ticks))).toBe(1100)
  expect(await readTickInterval(lines('tick,0x1,1000,0'))).toBe(1000)
})
