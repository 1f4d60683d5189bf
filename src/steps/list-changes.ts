/** Which changes a route or story could be asked about, and the most that each would buy. */
import { findCrowd } from '../evidence/count-clusters.js'
import { readDurations } from '../evidence/describe-shape.js'
import { describeSlice } from '../evidence/slice-warnings.js'
import type { Change } from '../evidence/whatif/change.js'
import { capUnder, flagsOf } from '../evidence/whatif/name-change.js'
import { type PartTime, readParts } from '../evidence/whatif/parts.js'
import { asFlag } from '../evidence/whatif/pick-peak.js'
import { predictOnRequests, type RequestChange } from '../evidence/whatif/predict-on-requests.js'
import { listSpans, type SpanGains } from '../evidence/whatif/predict-on-traces.js'
import { predictShare } from '../stats/predicted-share.js'
import type { Store } from '../store/open-store.js'
import { slicePredicate } from '../store/slice.js'
import { quoteIfNeeded } from '../stories/describe-evidence.js'
import { parseDuration } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeTarget } from './look-at-subject.js'
import type { ChangeRequest } from './predict-change.js'
import { resolveChangeSubject } from './resolve-change.js'

export interface PossibleChanges {
  route: string | null
  story: string | null
  under_ms: number
  requests: number
  /** The share of good requests; null where none counts. */
  underShare: number | null
  /** `most`: the share of good requests without the peak, or with a part that takes no time. */
  peaks: { ms: number; share: number; most: number | null; command: string }[]
  parts: (PartTime & { most: number; command: string })[]
  /** Where there are traces. The command asks about calls side by side where that gains anything, else about spans that take no time. */
  slack: (SpanGains & { command: string })[]
  warnings: Warning[]
}

export interface ListedChanges {
  result: PossibleChanges
  words: { title: string; targetFrom: string; example: string }
}

const SPANS_SHOWN = 8

export async function listChanges(
  workbook: Workbook,
  store: Store,
  request: Pick<ChangeRequest, 'subject' | 'slice' | 'under_ms' | 'seed' | 'signal'>,
): Promise<ListedChanges> {
  const { subject } = await resolveChangeSubject(workbook, store, request.subject, request.slice)
  const under_ms = request.under_ms ?? subject.under_ms
  const where = await slicePredicate(store, subject.slice)
  const { measured, peaks: found } = await readDurations(store, where)
  const [row] = await store.all<{ requests: number }>(
    `SELECT coalesce(sum(weight), 0) AS requests FROM requests WHERE ${where}`,
  )
  const crowd = await findCrowd(store, [subject.slice])
  const commandOf = (change: Change) =>
    ['whyslow', 'whatif', request.subject, ...flagsOf(change)].map(quoteIfNeeded).join(' ')
  const buy = async (change: RequestChange) => {
    const options = { under_ms, peaks: found, crowd, countsOnly: true }
    const { clusters } = await predictOnRequests(store, subject.slice, change, options)
    return { ...predictShare(clusters), command: commandOf(change) }
  }
  const { requests } = row!
  const isEmpty = measured.total === 0
  const peaks: PossibleChanges['peaks'] = []
  for (const peak of found.length > 1 ? found : []) {
    const { after, command } = await buy({ kind: 'without-mode', near_ms: parseDuration(asFlag(peak)) })
    peaks.push({ ms: peak.value, share: peak.share, most: after, command })
  }
  const parts: PossibleChanges['parts'] = []
  for (const part of isEmpty ? [] : await readParts(store, where)) {
    const { after, command } = await buy({ kind: 'part', part: part.part, times: Infinity })
    parts.push({ ...part, most: after!, command })
  }
  const cap = { kind: 'cap', cap_ms: capUnder(under_ms), share: 0.8 } as const
  const capped = isEmpty ? null : await buy(cap)
  const { spans, warnings } = await listSpans(store, subject.slice, {
    ...request,
    under_ms,
    limit: SPANS_SHOWN,
  })
  return {
    result: {
      route: subject.route,
      story: subject.story,
      under_ms,
      requests,
      underShare: capped?.before ?? null,
      peaks,
      parts,
      slack: spans.map(span => ({ ...span, command: commandOf(likelierOf(span)) })),
      warnings: [...describeSlice(store, subject.slice, { requests, measured: measured.total }), ...warnings],
    },
    words: {
      title: subject.title,
      targetFrom: request.under_ms === null ? describeTarget(subject, workbook.config) : 'asked for',
      example: commandOf(cap),
    },
  }
}

/** Calls side by side where that gains anything: it is a change that can be made, where no span is ever free. */
function likelierOf({ span, parallelGain }: SpanGains): Change {
  return (parallelGain ?? 0) > 0
    ? { kind: 'parallel', name: span }
    : { kind: 'span', name: span, times: Infinity }
}
