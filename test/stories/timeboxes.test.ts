import { describe, expect, test } from 'vitest'
import { type StoryFrontMatter, storySchema } from '../../src/stories/schema.js'
import {
  describeLeft,
  extendTimebox,
  fileInTimebox,
  findRunning,
  nextId,
  readTimebox,
  startTimebox,
  stopTimebox,
} from '../../src/stories/timeboxes.js'

const NINE = new Date('2026-10-05T09:00:00.400Z')
const at = (minutes: number) => new Date(NINE.getTime() + minutes * 60_000)

function story(values: Partial<StoryFrontMatter> = {}): StoryFrontMatter {
  return { ...storySchema.parse({ id: 'orders', title: 'Orders' }), ...values }
}

test('it starts, runs, and is over when its budget is', () => {
  const started = startTimebox(story(), '1h30m', NINE)
  const running = findRunning(started)!
  expect(running).toMatchObject({ id: 't1', started: '2026-10-05T09:00:00Z', budget: '1h30m', stopped: null })
  const left = (minutes: number) => readTimebox(started, running, at(minutes)).left_ms
  expect(left(0)).toBe(90 * 60_000 - 400)
  expect(left(89)).toBeGreaterThan(0)
  expect(left(91)).toBeLessThan(0)
  expect(describeLeft(readTimebox(started, running, at(30)))).toBe('1.0 h left of 1h30m')
  expect(describeLeft(readTimebox(started, running, at(100)))).toBe('over by 10.0 min (budget 1h30m)')
})

test('more time needs a reason, which is kept', () => {
  const started = startTimebox(story(), '90m', NINE)
  const extended = extendTimebox(started, '30m', 'its caller is not known', at(80))
  const [timebox] = extended.timeboxes
  expect(timebox!.extensions).toEqual([
    { by: '30m', at: '2026-10-05T10:20:00Z', reason: 'its caller is not known' },
  ])
  const status = readTimebox(extended, timebox!, at(100))
  expect(status).toMatchObject({ budget: '90m + 30m' })
  expect(describeLeft(status)).toBe('20.0 min left of 90m + 30m')
  expect(() => extendTimebox(started, '30m', ' ', at(80))).toThrow('Expected the reason for more time')
  expect(() => extendTimebox(started, '0m', 'why', at(80))).toThrow('Expected more time than 0.')
  expect(() => extendTimebox(story(), '30m', 'why', at(80))).toThrow('No timebox of orders is running.')
})

test('what is begun in it is filed in it; without one nowhere', () => {
  const started = startTimebox(story(), '90m', NINE)
  expect(fileInTimebox(started, 'profiles', 'a.cpuprofile').timeboxes[0]!.profiles).toEqual(['a.cpuprofile'])
  expect(fileInTimebox(story(), 'profiles', 'a.cpuprofile')).toEqual(story())
})

test('one at a time; stopping it needs a lesson, and keeps all others', () => {
  const started = startTimebox(story(), '90m', NINE)
  expect(() => startTimebox(started, '90m', at(1))).toThrow(
    'A timebox of orders is running since 2026-10-05T09:00:00Z.',
  )
  expect(() => stopTimebox(started, { learned: '  ' }, at(5))).toThrow('Expected a line on what was learned')
  const stopped = stopTimebox(started, { learned: 'N+1', ruledOut: '', effort: '2d' }, at(50))
  expect(findRunning(stopped)).toBeUndefined()
  expect(stopped.timeboxes).toEqual([
    {
      id: 't1',
      started: '2026-10-05T09:00:00Z',
      budget: '90m',
      stopped: '2026-10-05T09:50:00Z',
      learned: 'N+1',
      ruledOut: null,
      effort: '2d',
      profiles: [],
      hypotheses: [],
      extensions: [],
    },
  ])
  expect(() => stopTimebox(stopped, { learned: 'more' }, at(51))).toThrow('No timebox of orders is running.')
  const second = startTimebox(stopped, '30m', at(60))
  expect(second.timeboxes.map(timebox => timebox.id)).toEqual(['t1', 't2'])
  expect(second.timeboxes[0]).toEqual(stopped.timeboxes[0])
})

describe('the status', () => {
  test.each([
    ['reported', 'investigating'],
    ['framed', 'investigating'],
    ['hypothesised', 'hypothesised'],
    ['fixing', 'fixing'],
    ['closed', 'closed'],
  ] as const)('%s becomes %s', (before, after) =>
    expect(startTimebox(story({ status: before }), '1h', NINE).status).toBe(after),
  )
})

test.each(['0m', '-5m', 'an hour', ''])('no budget of “%s”', budget =>
  expect(() => startTimebox(story(), budget, NINE)).toThrow(),
)

test('an id is never used twice, also when entries were removed by hand', () => {
  expect(nextId('t', [])).toBe('t1')
  expect(nextId('t', [{ id: 't2' }])).toBe('t3')
  expect(nextId('h', [{ id: 'h3' }, { id: 'mine' }])).toBe('h4')
})
