/**
 * What is missing from the figures because it never finished, or because nobody heard of it: of requests, of pages, of traces.
 * How many, why, whose, and between what bounds the quantiles lie because of them (survivorship).
 */
import { hasRows } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import { type Slice, slicePredicate } from '../store/slice.js'
import type { Warning } from '../warnings.js'
import type { Absent, MissingKind, MissingOptions } from './missing-kind.js'
import { missingPages } from './missing-pages.js'
import { missingRequests } from './missing-requests.js'
import { missingTraces } from './missing-traces.js'
import { describeSlice } from './slice-warnings.js'

export interface Missing {
  /** Of the requests; where there are none, of the pages. */
  window: { from: string | null; to: string | null }
  under_ms: number
  /** Requests first. A kind that can't be compared is in `absent`. */
  kinds: MissingKind[]
  absent: Absent[]
  warnings: Warning[]
}

export async function findMissing(store: Store, slice: Slice, options: MissingOptions): Promise<Missing> {
  const where = await slicePredicate(store, slice)
  const requests = await missingRequests(store, where, options)
  const others: (MissingKind | Absent)[] = []
  if (requests.of > 0 || options.alone !== null)
    others.push(hasRows(store, 'beacons') ? await missingPages(store, slice, options) : NO_BEACONS)
  if (requests.of > 0)
    others.push(hasRows(store, 'spans') ? await missingTraces(store, where, options) : NO_SPANS)
  const kinds = [requests, ...others.filter(isKind)]
  const first = kinds.find(({ of }) => of > 0) ?? requests
  const measured = requests.of - (requests.reasons.find(({ reason }) => reason === 'unmeasured')?.count ?? 0)
  return {
    window: { from: first.covers.from, to: first.covers.to },
    under_ms: options.under_ms,
    kinds,
    absent: others.filter((other): other is Absent => !isKind(other)),
    warnings: [
      ...(first.kind === 'requests' ? describeSlice(store, slice, { requests: requests.of, measured }) : []),
      ...kinds.flatMap(kind => warnMostlyMissing(kind)),
      ...(store.weighted && kinds.some(({ kind }) => kind === 'pages') ? [PAGES_SAMPLED] : []),
    ],
  }
}

function isKind(found: MissingKind | Absent): found is MissingKind {
  return 'of' in found
}

const NO_BEACONS: Absent = {
  kind: 'pages',
  reason:
    'No beacons were imported. With them: pages that were answered and never reported back, and pages that began and never ended.',
  next: 'whyslow import beacons.ndjson',
}

const NO_SPANS: Absent = {
  kind: 'traces',
  reason:
    'No traces were imported. With them: requests of which no span ever came, and traces whose root or parent never ended.',
  next: 'whyslow import traces.jsonl',
}

/** Missing at random is what sampling does; then most are. */
const MOST = 0.5

function warnMostlyMissing({ kind, share, reasons }: MissingKind): Warning[] {
  if (kind === 'requests' || share <= MOST) return []
  const isSampled = reasons[0]?.reason === 'no_beacon' || reasons[0]?.reason === 'no_span'
  if (!isSampled) return []
  const [what, why] =
    kind === 'pages'
      ? ['page views have no beacon', 'beacons are sampled, or blocked']
      : ['requests have no span', 'traces are sampled']
  return [
    {
      code: 'mostly-missing',
      message: `Most ${what}: probably ${why}. What was left out on purpose can't be told from what never finished, so the bounds of ${kind} are wide.`,
      next: `Look at ${kind} where all of them are kept: --where`,
    },
  ]
}

const PAGES_SAMPLED: Warning = {
  code: 'sampled',
  message:
    'Pages are matched with the requests that the sampled log shows: where several views of one page came close together, fewer seem to be missing than are.',
}
