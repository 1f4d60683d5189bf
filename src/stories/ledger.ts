/** What was promised and what came, over all stories: how far promises of a kind can be taken at their word. Pure. */
import { poolRatios } from '../stats/pooled-ratio.js'
import { DAY_MS, formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import { lastedUntil } from './reopen-story.js'
import type { StoryFrontMatter, StoryOutcome } from './schema.js'

export interface LedgerEntry {
  story: string
  title: string
  prediction: string | null
  kind: string | null
  /** What was done; null where nobody wrote it down. */
  fix: string | null
  /** Changes of the share of good requests. */
  promised: number
  came: number
  /** came / promised: as it is, also over 1 and under 0. */
  kept: number
  interval: [number, number] | null
  /** The last day before it was slower again; null where nobody measured such a day, or the story is closed by this outcome. */
  lastedUntil: string | null
  at: string
  /** Reproduces what came. */
  command: string | null
}

export interface PooledPromises {
  /** With an interval, without which nothing can be weighed. */
  stories: number
  kept: number
  /** Of the mean; null under two stories. */
  interval: [number, number] | null
}

export interface Ledger {
  /** Newest first. A story that was reopened has one for each outcome; the newest of a prediction counts in `kinds` and `all`. */
  entries: LedgerEntry[]
  /** The kind with most stories first. */
  kinds: (PooledPromises & { kind: string | null })[]
  all: PooledPromises | null
  /** Entries whose fix didn't last, as triage measured. */
  decayed: number
  /** Closed stories (with `only`, of this kind) of which nothing promised could be compared. */
  without: number
  warnings: Warning[]
}

/** `only`: what is of this kind of fix alone; `all` stays what it is. */
export function addUpLedger(stories: readonly StoryFrontMatter[], only: string | null = null): Ledger {
  const entries = stories
    .flatMap(listEntries)
    .toSorted(
      (one, other) => Date.parse(other.at) - Date.parse(one.at) || one.story.localeCompare(other.story),
    )
  const isShown = ({ kind }: { kind: string | null }) => only === null || kind === only
  const closed = stories.filter(story => story.status === 'closed' && isShown({ kind: kindOf(story) }))
  const left = closed.flatMap(story => {
    const reason = explainLeft(story)
    return reason === null ? [] : [{ id: story.id, reason }]
  })
  const byKind = Map.groupBy(newestOfEach(entries.filter(isWeighed)), ({ kind }) => kind)
  const pooled = poolRatios([...byKind.values()].map(group => group.map(asRatio)))
  const kinds = [...byKind].map(([kind, group], i) => ({ kind, ...describePool(group, pooled[i]!) }))
  const weighed = [...byKind.values()].flat()
  const [all = null] = poolRatios([weighed.map(asRatio)])
  const shown = entries.filter(isShown)
  return {
    entries: shown,
    kinds: kinds.filter(isShown).toSorted(byStories),
    all: all && describePool(weighed, all),
    decayed: shown.filter(({ lastedUntil: day }) => day !== null).length,
    without: left.length,
    warnings: warnLeft(left),
  }
}

/** Those without a kind last. */
function byStories(one: Ledger['kinds'][number], other: Ledger['kinds'][number]): number {
  if (one.stories !== other.stories) return other.stories - one.stories
  if (one.kind === null || other.kind === null) return Number(one.kind === null) - Number(other.kind === null)
  return one.kind.localeCompare(other.kind)
}

function listEntries(story: StoryFrontMatter): LedgerEntry[] {
  const earlier = story.reopened.map(one => ({ outcome: one.outcome, until: lastedUntil(one) }))
  const newest = story.status === 'closed' ? [{ outcome: story.outcome, until: null }] : []
  return [...earlier, ...newest].flatMap(({ outcome, until }) => {
    if (outcome === null) return []
    const { promised, change, at, command } = outcome
    if (promised?.kept == null || change === null) return []
    return [
      {
        story: story.id,
        title: story.title,
        prediction: promised.prediction,
        kind: promised.kind,
        fix: nameFix(story, outcome),
        promised: promised.change,
        came: change,
        kept: promised.kept,
        interval: promised.keptInterval,
        lastedUntil: until,
        at,
        command,
      },
    ]
  })
}

/** The one that names the prediction, else the last one that was deployed by the days that the outcome was measured on. */
function nameFix({ fixes }: StoryFrontMatter, { promised, at, until }: StoryOutcome): string | null {
  const end = until === null ? Date.parse(at) : Date.parse(until) + DAY_MS
  const named = fixes.findLast(fix => fix.prediction !== null && fix.prediction === promised?.prediction)
  const deployed = fixes.findLast(fix => fix.deployed !== null && Date.parse(fix.deployed) <= end)
  return (named ?? deployed ?? fixes.findLast(fix => fix.deployed === null))?.text ?? null
}

/** One promise that was measured again is one, not two that agree. */
export function newestOfEach<E extends Pick<LedgerEntry, 'story' | 'prediction'>>(
  entries: readonly E[],
): E[] {
  return [...Map.groupBy(entries, ({ story, prediction }) => `${story} ${prediction}`).values()].map(
    ([newest]) => newest!,
  )
}

type WeighedEntry = LedgerEntry & { interval: [number, number] }

function isWeighed(entry: LedgerEntry): entry is WeighedEntry {
  return entry.interval !== null
}

function asRatio({ kept, interval }: WeighedEntry) {
  return { value: kept, interval }
}

/** Two outcomes of one story say nothing of how much stories differ. */
function describePool(
  group: readonly LedgerEntry[],
  { value, interval }: { value: number; interval: [number, number] | null },
): PooledPromises {
  const stories = new Set(group.map(({ story }) => story)).size
  return { stories, kept: value, interval: stories < 2 ? null : interval }
}

/** As it was promised, else as its newest fix says, else as its newest prediction does. */
function kindOf({ outcome, fixes, predictions }: StoryFrontMatter): string | null {
  const named = [...predictions, ...fixes].findLast(({ kind }) => kind !== null)
  return outcome?.promised?.kind ?? named?.kind ?? null
}

/** Why a closed story has no entry for its newest outcome; null where it has one. */
function explainLeft({ outcome }: StoryFrontMatter): string | null {
  if (outcome === null) return 'closed without a measured outcome'
  if (outcome.promised === null) return 'nothing was promised before the fix'
  if (outcome.promised.prediction === null) return 'only a hypothesis promised, “at least” so much'
  return outcome.promised.kept === null ? 'the promise can’t be compared with what came' : null
}

const MOST_NAMED = 3

function warnLeft(left: readonly { id: string; reason: string }[]): Warning[] {
  if (left.length === 0) return []
  const groups = [...Map.groupBy(left, ({ reason }) => reason)].map(([reason, stories]) => {
    const named = stories.slice(0, MOST_NAMED).map(({ id }) => id)
    const more = stories.length > MOST_NAMED ? `, and ${formatCount(stories.length - MOST_NAMED)} more` : ''
    return `${formatCount(stories.length)}: ${reason} (${named.join(', ')}${more})`
  })
  const many = left.length === 1 ? '1 closed story is' : `${formatCount(left.length)} closed stories are`
  return [
    {
      code: 'promise-missing',
      message: `${many} not in the ledger. ${groups.join('; ')}.`,
      next: 'Predict before the next fix: whyslow whatif STORY',
    },
  ]
}
