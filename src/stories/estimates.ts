/** What is known of a number only roughly: by whom, and how far it may be off. Pure. */
import { NORMAL_95 } from '../stats/special-functions.js'
import { judgementOf } from './hypotheses.js'
import type { Ledger } from './ledger.js'
import { sinceReopened } from './reopen-story.js'
import type { StoryFrontMatter } from './schema.js'

/** Off by a factor: log-normal. */
export interface Estimate {
  /** Null for what nobody knows: it is drawn from the whole interval. */
  known: 'person' | 'measured' | 'similar' | null
  value: number
  /** 95%. */
  interval: [low: number, high: number]
  /** Standard deviation of its logarithm. */
  sd: number
  source: string
}

/** People’s figures are off by up to this factor, 95% of them. */
export const BY_PERSON = 2

/** `factor`: 95% of such numbers lie within value / factor and value × factor. */
export function estimateWithin(
  known: Estimate['known'],
  value: number,
  factor: number,
  source: string,
  most = Number.POSITIVE_INFINITY,
): Estimate {
  const interval: Estimate['interval'] = [value / factor, Math.min(most, value * factor)]
  return { known, value, interval, sd: Math.log(factor) / NORMAL_95, source }
}

/** All that is known is where it lies, 95%. */
export function estimateBetween(
  known: Estimate['known'],
  [low, high]: readonly [number, number],
  source: string,
): Estimate {
  return {
    known,
    value: Math.sqrt(low * high),
    interval: [low, high],
    sd: Math.log(high / low) / (2 * NORMAL_95),
    source,
  }
}

/** That a fix will do what it is said to: as a person put it, else by how far the story has come. */
export function estimateConfidence(story: StoryFrontMatter): Estimate {
  const judged = sinceReopened(story).hypotheses.map(judgementOf)
  const within = (value: number, factor: number, source: string) =>
    estimateWithin(story.confidence === null ? null : 'person', value, factor, source, 1)
  if (story.confidence !== null)
    return within(story.confidence, 1.25, 'a person’s; such numbers are off by up to a quarter')
  if (judged.includes('confirmed')) return within(0.8, 1.3, 'a hypothesis of it is confirmed')
  if (story.status === 'confirmed' || story.status === 'fixing')
    return within(0.8, 1.3, `its status is ${story.status}`)
  if (judged.includes(null) || story.status === 'hypothesised')
    return within(0.5, 2, 'its hypothesis is open')
  if (judged.length > 0) return within(0.2, 3, 'its hypotheses are disproved')
  return within(0.3, 3, 'nobody has said yet what the cause is')
}

/** How much of what was promised came, as the ledger has it: over all stories, and per kind of fix. */
export type KeptPromises = Pick<Ledger, 'kinds' | 'all'>

export interface Gain extends Estimate {
  /** What promises of this kind have in common is off in the same way for all of them. */
  kept: (Estimate & { key: string }) | null
}

/** Less than this part of what was promised is as good as nothing; logarithms need an end. */
const LEAST = 0.02

/** Under this many stories a kind of fix says less than all of them. */
const FEWEST_OF_KIND = 3

/** The part of a story's impact that a fix takes away. */
export function estimateGain(story: StoryFrontMatter, promises: KeptPromises | null): Gain {
  const prediction = sinceReopened(story).predictions.at(-1)
  if (prediction === undefined)
    return {
      ...estimateBetween(
        null,
        [0.05, 1],
        'nothing was predicted: a fix may take away next to none of it, or all',
      ),
      kept: null,
    }
  const notGood = Math.max(1e-9, 1 - prediction.share.before)
  const part = (change: number) => Math.min(1, Math.max(LEAST, change / notGood))
  const { value, interval } = prediction.change
  const [low, high] = interval ?? [value / 2, value * 2]
  const source = `predicted (${prediction.id}): ${prediction.what}`
  const gain = {
    ...estimateBetween('measured', [part(low) * 0.999, part(high) * 1.001], source),
    value: part(value),
  }
  return { ...gain, kept: estimateKept(prediction.kind, promises) }
}

function estimateKept(kind: string | null, promises: KeptPromises | null): Gain['kept'] {
  const own = promises?.kinds.find(one => kind !== null && one.kind === kind && one.interval !== null)
  const useOwn = own !== undefined && own.stories >= FEWEST_OF_KIND
  const found = useOwn ? own : (promises?.all ?? null)
  if (!found?.interval) return null
  const of = useOwn ? `promises of the kind ${kind}` : 'promises'
  const [low, high] = found.interval.map(end => Math.max(LEAST, end)) as [number, number]
  const source = `of ${found.stories} ${of}, so much was kept: whyslow ledger`
  return {
    ...estimateBetween('measured', [low * 0.999, high * 1.001], source),
    value: Math.max(LEAST, found.kept),
    key: useOwn ? kind! : '',
  }
}
