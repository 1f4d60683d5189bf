/** What was said of a fix before it was deployed: its prediction, and the hypothesis that names a smallest change. Pure. */
import { DAY_MS } from '../units.js'
import type { Warning } from '../warnings.js'
import { judgementOf } from './hypotheses.js'
import { isEdited } from './registration.js'
import { findRound, sinceReopened } from './reopen-story.js'
import type { StoryFix, StoryFrontMatter, StoryHypothesis, StoryPrediction } from './schema.js'

export interface FoundPromise {
  prediction: StoryPrediction | null
  /** About the change that was made, registered before it. */
  hypothesis: StoryHypothesis | null
  /** Whose threshold and smallest change the outcome is judged by: that hypothesis, else the newest confirmed one that is of the share. */
  judgedBy: StoryHypothesis | null
  kind: string | null
  /** Why the prediction isn't comparable, whatever comes; null where it is. */
  reason: string | null
  warnings: Warning[]
}

/** `now` stands for the deploy where none is known: what is said later is no promise. */
export function findPromise(story: StoryFrontMatter, now: Date): FoundPromise {
  const round = findRound(story)
  const deploys = round.fixes.flatMap(({ deployed }) => deployed ?? []).sort(byTime)
  const limit = deploys[0] ?? now.toISOString()
  const said = sinceReopened(story)
  const { prediction, reason, warnings } = findPrediction(story, round.fixes, {
    said: said.predictions,
    limit,
  })
  const hypothesis = findPromising(said.hypotheses, limit)
  const confirmed = said.hypotheses.findLast(one => isOfShare(one) && judgementOf(one) === 'confirmed')
  const fix = round.fixes.findLast(one => prediction !== null && one.prediction === prediction.id)
  const kinds = [fix?.kind, prediction?.kind, round.fixes.findLast(({ kind }) => kind !== null)?.kind]
  return {
    prediction,
    hypothesis,
    judgedBy: hypothesis ?? confirmed ?? null,
    kind: kinds.find(kind => kind != null) ?? null,
    reason,
    warnings,
  }
}

/** Days that are named as the sides of a fix begin and end at midnight, its deploy doesn't. */
const NEAR_MS = DAY_MS

/** Why what came on these sides isn't what the fix did: none of its deploys is between them. Null where one is, or none is known. */
export function explainApart(
  story: StoryFrontMatter,
  { design, before, after }: Pick<StoryHypothesis, 'design' | 'before' | 'after'>,
): string | null {
  if (design !== 'before-after') return null
  const deploys = findRound(story).fixes.flatMap(({ deployed }) => deployed ?? [])
  const [end, start] = [Date.parse(before.to ?? ''), Date.parse(after.from ?? '')]
  const isBetween = (time: number) => end <= time + NEAR_MS && start >= time - NEAR_MS
  if (deploys.length === 0 || deploys.some(deployed => isBetween(Date.parse(deployed)))) return null
  return `The deploy of the fix (${deploys.join(', ')}) isn’t between the sides that were compared.`
}

function findPrediction(
  { id, predictions }: StoryFrontMatter,
  fixes: readonly StoryFix[],
  { said, limit }: { said: readonly StoryPrediction[]; limit: string },
): Pick<FoundPromise, 'prediction' | 'reason' | 'warnings'> {
  const naming = fixes.filter(({ prediction }) => prediction !== null)
  const fix = naming.at(-1)
  const early = said.filter(({ at }) => isBefore(at, limit))
  const newest = early.toSorted((one, other) => byTime(one.at, other.at)).at(-1) ?? null
  if (fix === undefined) {
    const late = newest === null ? said.at(-1) : undefined
    return { prediction: newest, reason: null, warnings: late ? [warnLate(id, late, limit)] : [] }
  }
  const named = predictions.find(one => one.id === fix.prediction)
  if (named === undefined) {
    const message = `The fix ${fix.id} names the prediction “${fix.prediction}”, which the story doesn't have.`
    const next = `It has: ${predictions.map(one => one.id).join(', ') || 'none'}`
    return { prediction: null, reason: null, warnings: [{ code: 'promise-missing', message, next }] }
  }
  const deployed = fix.deployed ?? limit
  if (!isBefore(named.at, deployed)) {
    return { prediction: null, reason: null, warnings: [warnLate(id, named, deployed)] }
  }
  const others = [...new Set(naming.map(one => one.prediction!))]
  const reason =
    others.length > 1
      ? `The fixes name predictions of their own (${others.join(', ')}), and what came is of all of them together.`
      : null
  return { prediction: named, reason, warnings: [] }
}

function warnLate(story: string, { id, at }: StoryPrediction, deployed: string): Warning {
  return {
    code: 'promise-late',
    message: `The prediction ${id} was made at ${at}, after the fix was deployed (${deployed}): it is no promise, and isn't compared.`,
    next: `If the deploy was later on that day, correct it in the story: “deployed” of the fix in stories/${story}/story.md`,
  }
}

/** Of the share, of a change (not of a condition, whose requests are only slower than others), as it was registered before that change. */
function findPromising(hypotheses: readonly StoryHypothesis[], limit: string): StoryHypothesis | null {
  const early = hypotheses.filter(
    one =>
      isOfShare(one) && one.design !== 'with-without' && isBefore(one.registered, limit) && !isEdited(one),
  )
  const confirmed = early.findLast(one => judgementOf(one) === 'confirmed')
  return confirmed ?? early.findLast(one => judgementOf(one) === null) ?? null
}

function isOfShare({ metric }: StoryHypothesis): boolean {
  return metric === 'under'
}

function byTime(one: string, other: string): number {
  return Date.parse(one) - Date.parse(other)
}

function isBefore(one: string, other: string): boolean {
  return Date.parse(one) <= Date.parse(other)
}
