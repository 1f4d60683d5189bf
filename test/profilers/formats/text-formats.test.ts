/** Collapsed stacks and the text of perf script, line by line. */
import { describe, expect, it } from 'vitest'
import { COLLAPSED } from '../../../src/profilers/formats/collapsed.js'
import { readFrame, writeFrame } from '../../../src/profilers/formats/collapsed-frame.js'
import { readEvent, readPerfFrame } from '../../../src/profilers/formats/perf-lines.js'
import type { Profile } from '../../../src/profilers/profile.js'
import { makeDeep, makeFrame, makeProfile, readText, writeAs } from '../profiles.js'

function selfByPath({ frames, stacks }: Profile): Record<string, number> {
  const nameOf = (index: number): string => {
    const { frame, parent } = stacks[index]!
    return (parent < 0 ? '' : `${nameOf(parent)} > `) + frames[frame]!.function
  }
  return Object.fromEntries(
    stacks.flatMap(({ self }, index) => (self > 0 ? [[nameOf(index), self] as const] : [])),
  )
}

describe('collapsed stacks', () => {
  it('names with spaces, decimal counts, equal stacks, blank lines and Windows ends', async () => {
    const text = '\uFEFFmain;read file;(anonymous) 12\r\nmain;read file 1.5\r\n\r\nmain;read file 2\r\n'
    const { profiles, warnings } = await readText(text)
    expect(selfByPath(profiles[0]!)).toEqual({
      'main > read file > (anonymous)': 12,
      'main > read file': 3.5,
    })
    expect(profiles[0]).toMatchObject({ unit: 'samples', tool: 'collapsed', samples: 16 })
    expect(warnings).toEqual([])
  })

  it('what whyslow writes says its unit, in whole numbers', () => {
    expect(writeAs('collapsed', makeDeep(2))).toBe(
      '# unit: microseconds\nf0 (/app/deep.js:1);f1 (/app/deep.js:2) 12000\n',
    )
    const [frame] = makeDeep(1).frames
    const tiny = makeProfile([frame!], [{ frame: 0, parent: -1, self: 0.000_25, samples: 1 }])
    expect(writeAs('collapsed', tiny)).toBe('# unit: nanoseconds\nf0 (/app/deep.js:1) 250\n')
  })

  it.each([
    ['encode (json/encoder.py:202)', 'encode', 'json/encoder.py', 202, null],
    ['*run /srv/app/a.js:10:5', '*run /srv/app/a.js:10:5', null, null, null],
    ['f (file:///a%20b/c.js:3:7)', 'f', '/a b/c.js', 3, 7],
    ['foo(int, char)', 'foo(int, char)', null, null, null],
    ['operator new (unsigned long)', 'operator new (unsigned long)', null, null, null],
    ['f (C:\\app\\a.js:3)', 'f', 'C:\\app\\a.js', 3, null],
    ['f (node:fs:0)', 'f', 'node:fs', null, null],
    ['https://a/b%20c', 'https://a/b%20c', null, null, null],
  ])('the frame “%s”', (text, name, file, line, column) => {
    expect(readFrame(text)).toMatchObject({ function: name, file, line, column })
    if (!text.includes('file://')) expect(writeFrame(readFrame(text))).toBe(text)
  })

  it('lines without a count are left out, counted and located', async () => {
    const { profiles, warnings } = await readText('a;b 1\nSampling process 12 at 99 Hz\n\na;c 2\n')
    expect(profiles[0]!.samples).toBe(3)
    expect(warnings).toMatchObject([{ code: 'lines-rejected' }])
    expect(warnings[0]!.message).toMatch(
      /profile:2: .* left out \(1 of 3\); .*“Sampling process 12 at 99 Hz”/,
    )
  })

  it('a sample without a stack keeps its weight', async () => {
    const { profiles } = await readText('a;b 1\n 4\n')
    expect(selfByPath(profiles[0]!)).toEqual({ 'a > b': 1, '(no stack)': 4 })
  })

  it('the difference of two profiles is refused', async () => {
    await expect(readText('a;b 1 2\na;c 3 0\n')).rejects.toThrow('a difference of two profiles')
  })

  it('of what is mostly something else, the first line that is no stack is named', async () => {
    const input = {
      file: 'x',
      head: Buffer.alloc(0),
      text: async () => '',
      bytes: async () => Buffer.alloc(0),
    }
    const lines = async function* () {
      yield* ['a;b 1', 'what', 'is', 'this']
    }
    await expect(COLLAPSED.read({ ...input, lines }, () => undefined)).rejects.toMatchObject({
      message: 'Expected a stack and its count (main;parse;read 12), found “what”.',
      place: { file: 'x', line: 2 },
    })
  })
})

describe('perf script', () => {
  it.each([
    ['swapper     0 [000] 158665.570607: cpu-clock: ', 'swapper', null, 0, null, 'cpu-clock'],
    [
      'java 24636/25607 [000] 4794564.109216:     250000 cycles:u: ',
      'java',
      24636,
      25607,
      250000,
      'cycles:u',
    ],
    ['V8 Worker 25607 4794564.109216: cycles:', 'V8 Worker', null, 25607, null, 'cycles'],
    [' node 15240 15100.504069:   10101010 cpu-clock:ppp: ', 'node', null, 15240, 10101010, 'cpu-clock:ppp'],
    ['a b 1/2 3.000001: sched:sched_switch: prev_comm=x', 'a b', 1, 2, null, 'sched:sched_switch'],
    ['node 12 cycles: ', 'node', null, 12, null, 'cycles'],
  ])('the event “%s”', (line, command, pid, tid, period, name) => {
    expect(readEvent(line)).toMatchObject({ command, pid, tid, period, name })
  })

  it.each([
    ['\t7f2358 read+0x1f (/usr/lib/libc.so.6)', 'read', '/usr/lib/libc.so.6', null],
    ['\tffff do_idle ([kernel.kallsyms])', 'do_idle', '[kernel.kallsyms]', null],
    ['\t7f JS:*hash /tmp/a b.js:1:14+0x110 (/tmp/perf-1.map)', 'hash', '/tmp/a b.js', 1],
    ['\t7f LazyCompile:~ file:///srv/a.mjs:7:3 (/tmp/perf-1.map)', '(anonymous)', '/srv/a.mjs', 7],
    ['\t7f foo(int) (clone) (/opt/x (deleted))', 'foo(int) (clone)', '/opt/x (deleted)', null],
    ['\t7f [unknown] ([unknown])', '[unknown]', null, null],
    ['    add (inlined)', 'add', null, null],
  ])('the frame “%s”', (line, name, file, row) => {
    expect(readPerfFrame(line)).toMatchObject({ function: name, file, line: row })
  })

  const event = (head: string, ...frames: string[]) =>
    `${head}\n${frames.map(name => `\t7f1 ${name}+0x1 (/bin/app)\n`).join('')}\n`

  it('a profile a process, the idle last; cycles are samples', async () => {
    const { format, profiles, warnings } = await readText(
      [
        event('swapper 0/0 [0] 1.000000: 1 cycles: ', 'do_idle', 'start'),
        event('swapper 0/0 [0] 1.200000: 1 cycles: ', 'do_idle', 'start'),
        event('app 7/7 [0] 1.300000: 77 cycles: ', 'inner', 'outer'),
        event('worker 7/8 [0] 1.400000: 77 cycles: ', 'outer'),
      ].join(''),
    )
    expect({ format, warnings }).toEqual({ format: 'perf script', warnings: [] })
    expect(profiles).toMatchObject([
      { name: 'app', pid: 7, unit: 'samples', samples: 2 },
      { name: 'swapper', pid: 0, samples: 2 },
    ])
    expect(profiles[0]!.duration_ms).toBeCloseTo(100, 6)
    expect(selfByPath(profiles[0]!)).toEqual({ 'outer > inner': 1, outer: 1 })
    expect(profiles[1]!.frames.every(frame => frame.kind === 'idle')).toBe(true)
  })

  it('of several events the most frequent is read; the others, events without a stack and odd lines are said', async () => {
    const { profiles, warnings } = await readText(
      [
        event('app 7 1.100000: 10000000 task-clock: ', 'f'),
        event('app 7 1.200000: 10000000 task-clock: ', 'f'),
        event('app 7 1.300000: 5 page-faults: ', 'f'),
        event('app 7 1.400000: 10000000 task-clock: '),
        'Processed 12 events and lost 1 chunks!\n',
      ].join(''),
    )
    expect(profiles).toMatchObject([{ name: 'app', pid: null, unit: 'ms', samples: 2, interval_us: 10_000 }])
    expect(selfByPath(profiles[0]!)).toEqual({ f: 20 })
    expect(warnings.map(({ code }) => code)).toEqual([
      'sample-type-chosen',
      'lines-skipped',
      'lines-rejected',
    ])
    expect(warnings[2]!.message).toContain('profile:12: lines that are neither')
  })

  it('a stack of 20,000 frames', async () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `f${index}`)
    const { profiles } = await readText(event('app 7 1.000000: 1000000 cpu-clock: ', ...names))
    expect(profiles[0]!.stacks).toHaveLength(20_000)
    expect(profiles[0]!.frames[0]).toMatchObject(makeFrame('f19999', { file: '/bin/app' }))
  })
})
