/** What would be different, and what it would do to each customer: the words that both ways of predicting share. */

import type { DescribedCrossing } from './describe-crossing.js'

/** One change that is thought through before anybody writes code. `times` is how many times faster; Infinity: it takes no time. */
export type Change =
  | { kind: 'without-mode'; near_ms: number }
  | { kind: 'cap'; cap_ms: number; share: number }
  | { kind: 'part'; part: Part; times: number }
  | { kind: 'span'; name: string; times: number }
  | { kind: 'parallel'; name: string }

export type Part = 'queue' | 'upstream' | 'send'

/** Requests of one cluster that count, and how many of them are good as it is and as it would be. May be fractional. */
export interface PredictedCluster {
  cluster: string
  account: string | null
  /** What the account pays a month; null or absent where that isn't known. */
  monthly?: number | null
  requests: number
  good: number
  goodAfter: number
  /** How many rows `requests` stands for, when the log is sampled; else the same as `requests`. */
  observed?: number
  /** Where chance has a part in `goodAfter`: see `stats/crossing.ts`. */
  drawn?: { requests: number; chance: number; sure: number }
  /** How far it moved `goodAfter` of others: see `stats/predicted-share.ts`. */
  lent?: number
}

/** Of all spans of one name. */
export interface SpanSlack {
  span: string
  /** How much longer it could take, or the longest it could be sped up for nothing: the median over traces that have it. */
  slack_ms: number
  /** Median over those traces. */
  duration_ms: number
  /** The share of traces that have it and end later the longer it takes. */
  onPath: number
  traces: number
}

/** What either way finds: on all requests (parts, peaks) or on those with traces (spans). */
export interface Predicted {
  /** For the share: of very many, most are put together. */
  clusters: PredictedCluster[]
  /** What the clusters are, for the most part; null where that isn't known. */
  unit: 'customer' | 'client' | null
  /** Null where only the share was asked for. */
  crossing: DescribedCrossing | null
  slack: SpanSlack[]
  /** Sentences: what has to be true for it. */
  assumptions: string[]
  /** Requests that it is about, and those that it knows too little of: they stay as they are. */
  requests: number
  unchanged: number
  /** Both distributions on one log axis, in the same unit; null or absent where it isn't worked out. */
  histogram?: { edges_ms: number[]; before: number[]; after: number[] } | null
}
