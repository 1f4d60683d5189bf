import { describe, expect, it } from 'vitest'
import { type DiffCapture, diffProfiles } from '../../src/profilers/diff-profiles.js'
import type { Frame, Profile, StackNode } from '../../src/profilers/profile.js'
import { createRandom } from '../../src/stats/random.js'
import { CHANGED, simulateCapture } from './simulated-server.js'

const frame = (name: string, file: string | null = '/app/a.js', kind: Frame['kind'] = 'code'): Frame => ({
  function: name,
  file,
  line: file ? 1 : null,
  column: file ? 1 : null,
  kind,
})

/** Rounds of 1 ms for each share, one after the other, for `rounds` rounds: `[path, samples a round]`. */
function profile(paths: [path: Frame[], samples: number][], rounds = 400): Profile {
  const frames: Frame[] = []
  const stacks: StackNode[] = []
  const ends = paths.map(([path]) => {
    let parent = -1
    for (const one of path) {
      if (!frames.includes(one)) frames.push(one)
      const index = frames.indexOf(one)
      const known = stacks.findIndex(node => node.frame === index && node.parent === parent)
      parent = known >= 0 ? known : stacks.push({ frame: index, parent, self: 0, samples: 0 }) - 1
    }
    return parent
  })
  const nodes: number[] = []
  for (let round = 0; round < rounds; round += 1)
    for (const [i, [, samples]] of paths.entries())
      for (let sample = 0; sample < samples; sample += 1) nodes.push(ends[i]!)
  for (const node of nodes) {
    stacks[node]!.self += 1
    stacks[node]!.samples += 1
  }
  return {
    name: null,
    tool: 'test',
    toolVersion: null,
    pid: null,
    startedAt: null,
    unit: 'ms',
    duration_ms: nodes.length,
    samples: nodes.length,
    interval_us: 1000,
    frames,
    stacks,
    order: { nodes: Int32Array.from(nodes), weights: new Float64Array(nodes.length).fill(1) },
  }
}

const capture = (profiles: Profile | Profile[], requests: number | null = 400): DiffCapture => ({
  file: 'x.cpuprofile',
  profiles: [profiles].flat(),
  requests,
})
const byName = (result: ReturnType<typeof diffProfiles>, name: string) =>
  result.diff.frames.find(one => one.function === name)

const MAIN = frame('main')
const WORK = frame('work')
const READ = frame('read')
const IDLE = frame('(idle)', null, 'idle')
const OWN = frame('claim', 'whyslow:claim')

describe('diffProfiles', () => {
  it('gives milliseconds per request, of a function and with what it called', () => {
    const before = profile([
      [[MAIN], 1],
      [[MAIN, WORK], 2],
      [[MAIN, READ], 3],
      [[IDLE], 4],
    ])
    const after = profile([
      [[MAIN], 1],
      [[MAIN, WORK], 6],
      [[MAIN, READ], 3],
      [[IDLE], 1],
    ])
    const result = diffProfiles([capture(before)], [capture(after)])
    expect(result.diff).toMatchObject({ per: 'request', active: { before_ms: 6, after_ms: 10 } })
    expect(byName(result, 'work')).toMatchObject({
      file: '/app/a.js',
      before_ms: 2,
      after_ms: 6,
      change_ms: 4,
      significant: true,
      total: null,
      only: null,
      group: 'own code',
    })
    const { interval_ms } = byName(result, 'work')!
    expect(interval_ms![0]).toBeGreaterThan(0)
    expect(interval_ms![0]).toBeLessThan(4)
    expect(interval_ms![1]).toBeGreaterThan(4)
    expect(byName(result, 'main')).toMatchObject({
      change_ms: 0,
      significant: false,
      total: { change_ms: 4 },
    })
    expect(byName(result, 'read')).toMatchObject({ change_ms: 0, significant: false })
    expect(byName(result, '(idle)')).toBeUndefined()
    expect(
      result.graph.map(({ function: name, parent, before_ms, after_ms }) => [
        name,
        parent,
        before_ms,
        after_ms,
      ]),
    ).toEqual([
      ['main', -1, 6, 10],
      ['work', 0, 2, 6],
      ['read', 0, 3, 3],
    ])
    expect(result.graph.map(({ significant }) => significant)).toEqual([true, true, false])
  })

  it('gives milliseconds per second of wall time where requests aren’t known', () => {
    const half = profile([
      [[MAIN], 1],
      [[IDLE], 1],
    ])
    const { diff } = diffProfiles([capture(half, null)], [capture(half, null)])
    expect(diff.per).toBe('second')
    expect(diff.frames).toMatchObject([{ before_ms: 500, after_ms: 500, significant: false }])
    expect(diff.warnings.map(({ code }) => code)).toEqual(['one-capture', 'per-second'])
  })

  it('adds up the threads of a capture, which ran side by side', () => {
    const busy = profile([[[MAIN], 1]])
    const { diff } = diffProfiles([capture([busy, busy], null)], [capture(busy, null)])
    expect(diff.frames[0]).toMatchObject({ before_ms: 2000, after_ms: 1000 })
    expect(diff.captures.before).toMatchObject([{ duration_ms: 400, samples: 800, skipped_ms: 0 }])
  })

  it('shows what is gone and what is new', () => {
    const one = profile([
      [[MAIN, WORK], 1],
      [[MAIN, READ], 1],
    ])
    const other = profile([
      [[MAIN, frame('fresh')], 3],
      [[MAIN, READ], 1],
    ])
    const result = diffProfiles([capture(one)], [capture(other)])
    expect(byName(result, 'work')).toMatchObject({ only: 'before', before_ms: 1, after_ms: 0 })
    expect(byName(result, 'fresh')).toMatchObject({
      only: 'after',
      before_ms: 0,
      after_ms: 3,
      significant: true,
    })
  })

  it('counts a recursive call once', () => {
    const deep = profile([[[MAIN, WORK, READ, WORK], 2]])
    const { diff } = diffProfiles([capture(deep)], [capture(deep)])
    expect(diff.frames.map(one => [one.function, one.before_ms, one.total?.before_ms])).toEqual([
      ['work', 2, undefined],
      ['main', 0, 2],
      ['read', 0, 2],
    ])
  })

  it('leaves out what the capture itself ran', () => {
    const one = profile([
      [[MAIN], 1],
      [[OWN, READ], 5],
    ])
    const { diff } = diffProfiles([capture(one)], [capture(one)])
    expect(diff.frames.map(({ function: name }) => name)).toEqual(['main'])
  })

  it('takes time that an inlined function left to its caller for moved, not for changed', () => {
    const before = profile([
      [[MAIN], 1],
      [[MAIN, WORK], 9],
    ])
    const after = profile([
      [[MAIN], 8],
      [[MAIN, WORK], 2],
    ])
    const { diff, graph } = diffProfiles([capture(before)], [capture(after)])
    expect(diff.frames).toMatchObject([
      { function: 'work', change_ms: -7, significant: false, moved: true },
      { function: 'main', change_ms: 7, significant: false, moved: true },
    ])
    for (const { interval_ms } of diff.frames) {
      expect(interval_ms![0]).toBeLessThanOrEqual(0)
      expect(interval_ms![1]).toBeGreaterThanOrEqual(0)
    }
    expect(graph.some(({ significant }) => significant)).toBe(false)
  })

  it('takes what all functions have in common for the machine or the load', () => {
    const parts = Array.from({ length: 8 }, (_, i) => frame(`f${i}`))
    const make = (factor: number, own: number) =>
      profile([...parts.map((part): [Frame[], number] => [[part], 2 * factor]), [[WORK], own * factor]])
    const same = diffProfiles([capture(make(1, 2))], [capture(make(2, 2))]).diff
    expect(same.frames.filter(({ significant }) => significant)).toEqual([])
    expect(same.scale).toEqual({ factor: expect.closeTo(2), functions: 9 })
    expect(same.warnings.map(({ code }) => code)).toContain('scaled')
    const doubled = diffProfiles([capture(make(1, 2))], [capture(make(2, 4))]).diff
    expect(doubled.frames.filter(({ significant }) => significant)).toMatchObject([
      { function: 'work', before_ms: 2, after_ms: 8 },
    ])
    // Per second and under half the load it shows, too, though it takes no longer then.
    const halved = diffProfiles([capture(make(2, 4), null)], [capture(make(1, 8), null)]).diff
    expect(halved.frames.filter(({ significant }) => significant).map(one => one.function)).toEqual(['work'])
  })

  it('leaves out the time in which a capture warms up', () => {
    const [cold, warm] = [
      profile(
        [
          [[MAIN], 9],
          [[IDLE], 1],
        ],
        40,
      ),
      profile(
        [
          [[MAIN], 1],
          [[IDLE], 9],
        ],
        160,
      ),
    ]
    const nodes = Int32Array.from([...cold.order!.nodes, ...warm.order!.nodes])
    const both = {
      ...warm,
      duration_ms: 2000,
      order: { nodes, weights: new Float64Array(nodes.length).fill(1) },
    }
    const { diff } = diffProfiles([capture(both, 200)], [capture(warm, 160)])
    expect(diff.captures.before).toMatchObject([{ skipped_ms: 400 }])
    expect(diff.frames).toMatchObject([{ before_ms: expect.closeTo(1), after_ms: 1 }])
  })

  it('says nothing about sums without an order, unless there are several captures', () => {
    const { order: _, ...sums } = profile([
      [[MAIN], 1],
      [[MAIN, WORK], 1],
    ])
    const { order: __, ...more } = profile([
      [[MAIN], 1],
      [[MAIN, WORK], 9],
    ])
    const one = diffProfiles([capture(sums)], [capture(more)]).diff
    expect(one.frames.map(({ interval_ms, significant }) => [interval_ms, significant])).toEqual([
      [null, false],
      [null, false],
    ])
    expect(one.warnings.map(({ code }) => code)).toContain('order-unknown')
    const twice = (value: Profile) => [capture(value, 399), capture(value, 401), capture(value, 400)]
    const several = diffProfiles(twice(sums), twice(more)).diff
    expect(several.frames[0]).toMatchObject({ function: 'work', significant: true })
  })

  it('warns of what else differs', () => {
    const [one, other] = [profile([[[MAIN], 1]]), profile([[[MAIN], 1]])]
    const codes = (changed: Partial<Profile>, requests = 400) =>
      diffProfiles([capture(one)], [capture({ ...other, ...changed }, requests)]).diff.warnings.map(
        ({ code }) => code,
      )
    expect(codes({})).toEqual(['one-capture'])
    expect(codes({ interval_us: 100 })).toContain('sampling-differs')
    expect(codes({ tool: 'v8' })).toContain('versions-differ')
    expect(codes({}, 50)).toContain('few-samples')
    const gc = frame('(garbage collector)', null, 'gc')
    const collected = profile([
      [[MAIN], 1],
      [[gc], 3],
    ])
    expect(
      diffProfiles([capture(one)], [capture(collected)]).diff.warnings.map(({ code }) => code),
    ).toContain('gc-changed')
  })

  it('is the same the second time, and holds 0 just where nothing is significant', () => {
    const random = createRandom(3)
    const make = (factor: number) => {
      const { profile: found, requests } = simulateCapture(random, { seconds: 20, interval_us: 1000, factor })
      return capture(found, requests)
    }
    const [before, after] = [make(1), make(3)]
    const { diff } = diffProfiles([before], [after])
    expect(diffProfiles([before], [after]).diff).toEqual(diff)
    expect(diff.frames[0]).toMatchObject({ function: CHANGED, significant: true })
    for (const { interval_ms, significant, change_ms } of diff.frames) {
      if (interval_ms === null) continue
      expect(interval_ms[0] > 0 || interval_ms[1] < 0).toBe(significant)
      expect(interval_ms[0]).toBeLessThanOrEqual(change_ms)
      expect(interval_ms[1]).toBeGreaterThanOrEqual(change_ms)
    }
  })
})
