/**
 * Collapsed (folded) stacks → `Profile`, and back: one stack a line, outermost call first, and its count.
 *
 *     main;parse;read file 12
 *
 * Specification: the text that Brendan Gregg's FlameGraph reads (https://github.com/brendangregg/FlameGraph#2-fold-stacks).
 * inferno, async-profiler, py-spy, rbspy, phpspy, bpftrace's and perf's collapsers write it. The count is what stands
 * behind the last space, whole or decimal, so names may hold spaces; a name can't hold a semicolon, see
 * `collapsed-frame.ts`. The file is read as a stream, of any size; blank lines and those that begin with `# ` are skipped,
 * lines without a count are left out and reported.
 * Not supported: the two columns of `difffolded.pl`.
 *
 * The format names no unit, so counts are samples. What whyslow writes begins with a line `# unit: microseconds` (or
 * nanoseconds, bytes), which other tools skip, and comes back as time; times are kept to the nanosecond, counts of
 * samples, the process and the duration are not.
 */
import { WhyslowError } from '../../errors.js'
import { formatCount } from '../../units.js'
import type { Warning } from '../../warnings.js'
import { NO_STACK, type Profile, type ProfileUnit } from '../profile.js'
import { StackTable } from '../stack-table.js'
import { readFrame, writeFrame } from './collapsed-frame.js'
import type { ProfileFormat, ProfileInput } from './index.js'
import { PiecesOfText } from './pieces.js'

const LINE = /^(.*)[ \t](\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*$/s
const SECOND_COUNT = / \d+$/
const UNIT = /^# unit: (\w+)\s*$/
const UNITS: Record<string, { unit: ProfileUnit; scale: number }> = {
  microseconds: { unit: 'ms', scale: 1e3 },
  nanoseconds: { unit: 'ms', scale: 1e6 },
  bytes: { unit: 'bytes', scale: 1 },
  samples: { unit: 'samples', scale: 1 },
}

export const COLLAPSED: ProfileFormat = {
  name: 'collapsed',
  extension: '.collapsed',
  detect: ({ head }) => {
    const text = head.toString('utf8').replace(/^\uFEFF/, '')
    if (/[\0-\x08]/.test(text)) return false
    const lines = text.split(/\r?\n/)
    const isMarked = UNIT.test(lines[0]!)
    const last = lines.pop()!
    const whole = lines.filter(line => !isSkipped(line))
    if (LINE.test(last)) whole.push(last)
    // A first stack that is longer than the head.
    if (whole.length === 0) return (isMarked || last.includes(';')) && head.length >= 1 << 16
    const fitting = whole.filter(line => LINE.test(line))
    return fitting.length * 2 > whole.length && (isMarked || fitting.some(line => line.includes(';')))
  },
  read: async (input, warn) => [await readCollapsed(input, warn)],
  write: writeCollapsed,
}

function isSkipped(line: string): boolean {
  return line.startsWith('# ') || line.trim() === ''
}

async function readCollapsed(input: ProfileInput, warn: (warning: Warning) => void): Promise<Profile> {
  const { file } = input
  const table = new StackTable(file)
  const frameOf = new Map<string, number>()
  let { unit, scale } = { unit: 'samples' as ProfileUnit, scale: 1 }
  let isMarked = false
  let [number, read, twoCounts] = [0, 0, 0]
  const bad: { line: number; text: string; count: number } = { line: 0, text: '', count: 0 }
  for await (const line of input.lines()) {
    number += 1
    if (isSkipped(line)) {
      const named = UNITS[UNIT.exec(line)?.[1] ?? '']
      if (named && read === 0) {
        ;({ unit, scale } = named)
        isMarked = true
      }
      continue
    }
    const [, stack, count] = LINE.exec(line) ?? []
    if (stack === undefined) {
      if (bad.count === 0) Object.assign(bad, { line: number, text: line.slice(0, 60) })
      bad.count += 1
      continue
    }
    read += 1
    if (SECOND_COUNT.test(stack)) twoCounts += 1
    const weight = Number(count)
    const path = enterStack(table, frameOf, stack)
    table.add(path, weight / scale, unit === 'samples' ? Math.ceil(weight) : 1)
  }
  // A tool that says its unit writes one count: what looks like another is of a name.
  checkLines(file, read, isMarked ? 0 : twoCounts, bad, warn)
  const stacks = table.stacks()
  const total = stacks.reduce((sum, node) => sum + node.self, 0)
  return {
    name: null,
    tool: 'collapsed',
    toolVersion: null,
    pid: null,
    startedAt: null,
    unit,
    duration_ms: unit === 'ms' ? total : 0,
    samples: stacks.reduce((sum, node) => sum + node.samples, 0),
    interval_us: null,
    frames: table.frames,
    stacks,
  }
}

function enterStack(table: StackTable, frameOf: Map<string, number>, stack: string): number {
  // py-spy writes a count alone for a thread that was in no Python code.
  if (stack === '') return table.path(table.frame(NO_STACK), -1)
  let path = -1
  for (let start = 0; start <= stack.length; ) {
    const end = stack.indexOf(';', start)
    const name = stack.slice(start, end < 0 ? undefined : end)
    let frame = frameOf.get(name)
    if (frame === undefined) {
      // A copy: a part of the line would keep the whole line in memory.
      const own = Buffer.from(name).toString()
      frame = table.frame(readFrame(own))
      frameOf.set(own, frame)
    }
    path = table.path(frame, path)
    if (end < 0) break
    start = end + 1
  }
  return path
}

function checkLines(
  file: string,
  read: number,
  twoCounts: number,
  bad: { line: number; text: string; count: number },
  warn: (warning: Warning) => void,
): void {
  if (read > 1 && twoCounts === read) {
    throw new WhyslowError(
      'Each stack has two counts: this is a difference of two profiles, not a profile.',
      {
        place: { file },
        next: ['Import the two profiles that it was made of.'],
      },
    )
  }
  if (read <= bad.count) {
    throw new WhyslowError(
      bad.count === 0
        ? 'Expected stacks with their counts, found none.'
        : `Expected a stack and its count (main;parse;read 12), found “${bad.text}”.`,
      { place: bad.count === 0 ? { file } : { file, line: bad.line } },
    )
  }
  if (bad.count === 0) return
  warn({
    code: 'lines-rejected',
    message: `${file}:${bad.line}: lines without a count were left out (${formatCount(bad.count)} of ${formatCount(read + bad.count)}); the first is “${bad.text}”.`,
    next: 'Have the tool write its messages elsewhere (2>/dev/null).',
  })
}

function writeCollapsed(profile: Profile): string {
  const { stacks, unit } = profile
  const names = profile.frames.map(writeFrame)
  const { head, write } = chooseCounts(profile, names)
  const pieces = new PiecesOfText('collapsed stacks')
  const isWritten = stacks.map(({ self, samples }) => self > 0 || (unit !== 'samples' && samples > 0))
  pieces.expect(measureStacks(profile, names, isWritten))
  pieces.add(head)
  for (const [index, { self }] of stacks.entries()) {
    if (!isWritten[index]) continue
    const path: string[] = []
    for (let at = stacks[index]; at; at = stacks[at.parent]) path.push(names[at.frame]!)
    pieces.add(`${path.reverse().join(';')} ${write(self)}\n`)
  }
  return pieces.text()
}

/** Each stack is written in full, so nested calls need their depth squared. */
function measureStacks({ stacks }: Profile, names: readonly string[], isWritten: readonly boolean[]): number {
  const lengths = new Float64Array(stacks.length)
  let sum = 0
  for (const [index, { frame, parent }] of stacks.entries()) {
    lengths[index] = (parent < 0 ? 0 : lengths[parent]!) + names[frame]!.length + 1
    if (isWritten[index]) sum += lengths[index]!
  }
  return sum
}

/** Whole numbers, since several readers take no others: microseconds where they do, else nanoseconds. */
function chooseCounts(
  { stacks, unit }: Profile,
  names: readonly string[],
): { head: string; write: (self: number) => string } {
  // Without a semicolon anywhere nothing else says what it is, and names may end like counts.
  const isUnclear = stacks.every(({ parent }) => parent < 0) || names.some(name => SECOND_COUNT.test(name))
  if (unit === 'samples') return { head: isUnclear ? '# unit: samples\n' : '', write: String }
  if (unit === 'bytes') return { head: '# unit: bytes\n', write: String }
  const inNanoseconds = stacks.some(({ self }) => Math.round(self * 1e6) % 1000 !== 0)
  return inNanoseconds
    ? { head: '# unit: nanoseconds\n', write: self => String(Math.round(self * 1e6)) }
    : { head: '# unit: microseconds\n', write: self => String(Math.round(self * 1e3)) }
}
