/** What speaks against trusting a difference of two profiles, each with what to do about it. */
import { ASSUMED_BETWEEN_RUNS } from '../stats/rate-change.js'
import { formatCount, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import type { DiffCapture, ProfileDiff, SideSummary } from './diff-profiles.js'

const FEW_SAMPLES = 300
const FEW_REQUESTS = 100
/** Sampling intervals, and loads per second, that differ by more than this factor. */
const INTERVALS_ALIKE = 1.25
const LOADS_ALIKE = 1.25
/** Of the busy time. */
const MUCH_LATE = 0.1
/** A common factor of less is noise of the machine. */
const SCALES_ALIKE = 1.25

export function describeDoubts(
  diff: Omit<ProfileDiff, 'warnings'>,
  captures: readonly DiffCapture[],
): Warning[] {
  return [
    ...doubtOneCapture(diff),
    ...doubtOrder(captures),
    ...doubtFew(diff),
    ...doubtPerSecond(diff),
    ...doubtLate(diff),
    ...doubtScale(diff),
    ...doubtIntervals(diff),
    ...doubtVersions(captures),
    ...doubtGarbage(diff),
  ]
}

function doubtOneCapture({ captures: { before, after } }: Omit<ProfileDiff, 'warnings'>): Warning[] {
  const alone = [before, after].filter(side => side.length === 1).length
  if (alone === 0) return []
  const sides = alone === 2 ? 'Each side is' : before.length === 1 ? 'Before is' : 'After is'
  const told =
    alone === 2
      ? `it is assumed to be ${formatShare(ASSUMED_BETWEEN_RUNS, 0)} of a function’s time, so only large changes can be told`
      : 'it is taken from the other side'
  return [
    {
      code: 'one-capture',
      message: `${sides} one capture, which says nothing about how much two runs of the same code differ: ${told}.`,
      next: 'Take three or more captures a side, in turns: --before A1 --before A2 --before A3 --after B1 …',
    },
  ]
}

function doubtOrder(captures: readonly DiffCapture[]): Warning[] {
  const unordered = captures.filter(({ profiles }) => profiles.some(({ order }) => !order))
  if (unordered.length === 0) return []
  return [
    {
      code: 'order-unknown',
      message: `${unordered[0]!.file}${unordered.length > 1 ? ` and ${unordered.length - 1} more` : ''} holds sums without the order of the samples, so how far chance goes can be told from several captures only.`,
      next: 'Take .cpuprofile files, or three or more captures a side.',
    },
  ]
}

function doubtFew({ captures: { before, after }, per }: Omit<ProfileDiff, 'warnings'>): Warning[] {
  const sum = (side: SideSummary[], of: (one: SideSummary) => number) =>
    side.reduce((all, one) => all + of(one), 0)
  const samples = Math.min(
    sum(before, one => one.samples),
    sum(after, one => one.samples),
  )
  const requests = Math.min(
    sum(before, one => one.requests ?? 0),
    sum(after, one => one.requests ?? 0),
  )
  const warnings: Warning[] = []
  if (samples < FEW_SAMPLES)
    warnings.push({
      code: 'few-samples',
      message: `One side has ${formatCount(samples)} samples of work only; under ${FEW_SAMPLES} little can be told.`,
      next: 'Capture for longer, or under more load.',
    })
  if (per === 'request' && requests < FEW_REQUESTS)
    warnings.push({
      code: 'few-samples',
      message: `One side answered ${formatCount(requests)} requests only; under ${FEW_REQUESTS} little can be told.`,
      next: 'Capture for longer, or under more load.',
    })
  return warnings
}

function doubtPerSecond({
  captures: { before, after },
  per,
  active,
}: Omit<ProfileDiff, 'warnings'>): Warning[] {
  if (per === 'request') return []
  const ratio = active.after_ms / active.before_ms
  const isApart = !(ratio < LOADS_ALIKE && ratio > 1 / LOADS_ALIKE)
  const busy = (side: SideSummary[]) =>
    formatShare(
      side.reduce((sum, one) => sum + one.active_ms, 0) / side.reduce((sum, one) => sum + one.duration_ms, 0),
      0,
    )
  return [
    {
      code: 'per-second',
      message: `The counts of requests aren’t known, so times are per second of wall time: more load looks like slower code${
        isApart ? ` (the processor was busy ${busy(before)} of the time before and ${busy(after)} after)` : ''
      }.`,
      next: 'Say how many requests each capture saw: --requests-before N --requests-after N',
    },
  ]
}

function doubtLate({ captures: { before, after } }: Omit<ProfileDiff, 'warnings'>): Warning[] {
  const shareOf = (side: SideSummary[]) => {
    const late = side.reduce((sum, one) => sum + one.late_ms, 0)
    return late === 0 ? 0 : late / (late + side.reduce((sum, one) => sum + one.active_ms, 0))
  }
  const shares = [shareOf(before), shareOf(after)]
  if (Math.max(...shares) < MUCH_LATE) return []
  return [
    {
      code: 'late-samples',
      message: `Samples came late: ${formatShare(shares[0], 0)} of the busy time before and ${formatShare(shares[1], 0)} after lies between such samples and is left out. The process had to wait for a processor, for a disk, or the sampler had to.`,
      next: 'Capture while the machine has a processor to spare.',
    },
  ]
}

function doubtScale({ scale, per }: Omit<ProfileDiff, 'warnings'>): Warning[] {
  if (scale === null || (scale.factor < SCALES_ALIKE && scale.factor > 1 / SCALES_ALIKE)) return []
  const reasons =
    per === 'request'
      ? 'the machine, or how often it was sampled'
      : 'the load, the machine, or how often it was sampled'
  return [
    {
      code: 'scaled',
      message: `Most functions took ${scale.factor.toFixed(2)} times as long after as before (the middle of ${scale.functions}), which is more likely ${reasons} than the code; only what differs from that counts as a change.`,
      next: 'Capture both sides in turns, on the same quiet machine, under the same load.',
    },
  ]
}

function doubtIntervals({ captures: { before, after } }: Omit<ProfileDiff, 'warnings'>): Warning[] {
  const intervals = [...before, ...after].flatMap(one => one.interval_us ?? [])
  const [least, most] = [Math.min(...intervals), Math.max(...intervals)]
  if (intervals.length === 0 || most <= least * INTERVALS_ALIKE) return []
  return [
    {
      code: 'sampling-differs',
      message: `Samples were taken every ${formatCount(least)} to ${formatCount(most)} µs. Each costs the process some time, so the side that was sampled more often looks slower.`,
      next: 'Take both sides with the same --interval.',
    },
  ]
}

function doubtVersions(captures: readonly DiffCapture[]): Warning[] {
  const versions = new Set(
    captures.flatMap(({ profiles }) =>
      profiles.flatMap(({ tool, toolVersion }) => (toolVersion ? `${tool} ${toolVersion}` : [])),
    ),
  )
  const tools = new Set(captures.flatMap(({ profiles }) => profiles.map(({ tool }) => tool)))
  const kinds = tools.size > 1 ? tools : versions
  if (kinds.size < 2) return []
  return [
    {
      code: 'versions-differ',
      message: `The captures are of different tools or versions (${[...kinds].join(', ')}), which can differ for the same code.`,
      next: 'Take both sides with the same one.',
    },
  ]
}

function doubtGarbage({ frames }: Omit<ProfileDiff, 'warnings'>): Warning[] {
  if (!frames.some(({ kind, significant }) => kind === 'gc' && significant)) return []
  return [
    {
      code: 'gc-changed',
      message:
        'Garbage collection changed. Its time is booked to no function: what allocates causes it, and a process that has run for longer collects more.',
      next: 'Compare processes of the same age. To find what allocates: whyslow profile attach PID --heap',
    },
  ]
}
