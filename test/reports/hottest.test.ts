import { expect, test } from 'vitest'
import { renderCapture, type ShownCapture } from '../../src/reports/hottest.js'
import { PLAIN, widthOf } from '../../src/reports/style.js'

const CAPTURE: ShownCapture = {
  profiles: [
    {
      file: '/w/stories/x/p.cpuprofile',
      pid: 4711,
      thread: 'main',
      duration_ms: 5000,
      samples: 4321,
      dropped: 0,
    },
  ],
  story: 'x',
  flameGraphs: ['/w/stories/x/p.svg'],
  hottest: [
    {
      function: 'layoutPages',
      file: '/w/invoices.js',
      line: 12,
      group: 'own code',
      self_ms: 3000,
      total_ms: 3500,
    },
    { function: '', file: null, line: null, group: 'native', self_ms: 4.2, total_ms: 4.2 },
  ],
  unit: 'ms' as const,
  idle_ms: 1000,
  active_ms: 4000,
  allocated_bytes: null,
  left: 'closed',
  cost: {
    eventLoopDelayBefore_ms: 1.2,
    eventLoopDelayDuring_ms: null,
    eventLoopDelayDuringMax_ms: null,
    startPause_ms: 5,
    stopPause_ms: 6,
    signalToFirstSample_ms: 83,
  },
}
const show = (file: string) => file.replace('/w/', '')

test('where the time went, how busy it was, and what it cost', () => {
  expect(
    renderCapture(CAPTURE, show, PLAIN),
  ).toBe(`stories/x/p.cpuprofile: process 4711, 5.00 s, 4,321 samples
Filed in the story x.
Flame graph: stories/x/p.svg

On the CPU 80.0% of the time (4.00 s of 5.00 s).

function     where           group       self  of active   total
layoutPages  invoices.js:12  own code  3.00 s      75.0%  3.50 s
(anonymous)  –               native    4.2 ms       0.1%  4.2 ms

Cost: event-loop delay 1.2 ms before and – during; paused 5 ms at the start and 6 ms at the stop; 83
ms from the signal to the first sample. Inspector: closed.`)
})

test('samples that were dropped, and a capture that is in no story', () => {
  const text = renderCapture(
    { ...CAPTURE, story: null, flameGraphs: [], profiles: [{ ...CAPTURE.profiles[0]!, dropped: 1200 }] },
    show,
    { ...PLAIN, width: 200 },
  )
  expect(text).toMatch(
    /4,321 samples, 1,200 dropped\nIt is in no story, since no timebox is running: it lies in this folder\./,
  )
})

test('a process that waits', () => {
  const text = renderCapture({ ...CAPTURE, hottest: [], active_ms: 0, idle_ms: 0 }, show, PLAIN)
  expect(text).toContain('On the CPU – of the time (0 ms of 0 ms).')
  expect(text).not.toContain('function')
})

test('names from the process are text, and lines fit', () => {
  const style = { ...PLAIN, width: 60 }
  const hot = {
    ...CAPTURE.hottest[0]!,
    function: 'evil\u001b[2J'.repeat(9),
    file: `/w/${'x'.repeat(90)}\u202e.js`,
  }
  const text = renderCapture({ ...CAPTURE, hottest: [hot] }, show, style)
  expect(text).not.toMatch(/\u001b|\u202e/)
  for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(60)
})

test('several threads, each with its file', () => {
  const [main] = CAPTURE.profiles
  const worker = { ...main!, file: '/w/p-worker3.cpuprofile', thread: 'worker 3: evil\u001b[2J' }
  const text = renderCapture({ ...CAPTURE, profiles: [main!, worker] }, show, PLAIN)
  expect(text).toContain('stories/x/p.cpuprofile: process 4711, main, 5.00 s, 4,321 samples\n')
  expect(text).toContain('p-worker3.cpuprofile: process 4711, worker 3: evil')
  expect(text).not.toContain('\u001b')
  expect(text).toContain('(4.00 s of 5.00 s, over 2 threads)')
})

test('a heap profile is in bytes, and says what the figure means', () => {
  const heavy = {
    function: 'parse',
    file: '/w/a.js',
    line: 3,
    group: 'own code',
    self_bytes: 3_000_000,
    total_bytes: 4_000_000,
  }
  const heap = {
    ...CAPTURE,
    unit: 'bytes' as const,
    hottest: [heavy],
    idle_ms: null,
    active_ms: null,
    allocated_bytes: 4_000_000,
  }
  const all = renderCapture(heap, show, { ...PLAIN, width: 200 })
  expect(all).toMatch(/Allocated about \S+ MB, with what was collected since/)
  expect(all).toMatch(/parse {5}a\.js:3 {2}own code +\S+ MB +75\.0% +\S+ MB/)
  expect(renderCapture(heap, show, PLAIN, true)).toContain('still held at the end')
})
