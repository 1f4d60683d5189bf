import type {
  Part,
  ReportComparison,
  ReportExplanation,
  ReportHypothesis,
  ReportLook,
  ReportTest,
  StoryReport,
} from '../reports/report/contents.js'
import type { Store } from '../store/open-store.js'
import { EVERYTHING, type Slice } from '../store/slice.js'
import { quoteIfNeeded } from '../stories/describe-evidence.js'
import { findPromise } from '../stories/find-promise.js'
import type { Story } from '../stories/read-story.js'
import { isEdited } from '../stories/registration.js'
import type { StoryHypothesis, StoryOutcome } from '../stories/schema.js'
import { storyWhere } from '../stories/scope.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { attemptPart } from './attempt-part.js'
import { examineHypothesis, judgePrediction, sliceArms } from './examine-hypothesis.js'
import { explainSubject } from './explain-subject.js'
import { gatherProfiles } from './gather-report-profiles.js'
import { listOrigins } from './list-origins.js'
import { lookAtSubject } from './look-at-subject.js'
import { chooseArms, compareOutcome } from './measure-outcome.js'
import { readArmsOf } from './read-arms.js'
import { cohortOfStory } from './render-story.js'
import { targetOfStory } from './story-target.js'
import { howToScope } from './story-where.js'

export interface GatherOptions {
  /** The home folder, which no profile shows. */
  home: string
  /** Called before each thing that is measured. */
  step: (what: string) => void
}

/** How often `step` is called for a story. */
export function countSteps({ frontMatter }: Story): number {
  return 3 + frontMatter.hypotheses.length + (frontMatter.outcome === null ? 0 : 1)
}

/** As `explain` has it, so that the figures are the same. */
const SEED = 1
/** Accounts, clients and instances, as `look` shows. */
const LIMIT = 5

export async function gatherStoryReport(
  workbook: Workbook,
  store: Store,
  story: Story,
  { home, step }: GatherOptions,
): Promise<StoryReport> {
  const { id, frontMatter, body } = story
  const { config } = workbook
  const subject: Subject = { workbook, store, story, ...chooseCohort(workbook, frontMatter.evidence) }
  step(`Looking at ${id}`)
  const look = await gatherLook(subject)
  step(`Explaining ${id}`)
  const explanation = await gatherExplanation(subject)
  const hypotheses: ReportHypothesis[] = []
  for (const hypothesis of frontMatter.hypotheses) {
    step(`Testing ${hypothesis.id} of ${id}`)
    hypotheses.push({ hypothesis, test: await gatherTest(subject, hypothesis) })
  }
  if (frontMatter.outcome !== null) step(`Measuring the outcome of ${id}`)
  const outcome = frontMatter.outcome === null ? null : await gatherOutcome(subject, frontMatter.outcome)
  step(`Drawing the profiles of ${id}`)
  const profiles = await gatherProfiles(workbook, story, home)
  const figures = { look, explanation, hypotheses, outcome, ...profiles }
  return {
    story: frontMatter,
    body,
    under_ms: targetOfStory(config, frontMatter),
    objective: config.objective,
    currency: config.currency,
    timezone: config.timezone,
    ...figures,
    warnings: collectWarnings(figures),
  }
}

interface Subject {
  workbook: Workbook
  store: Store
  story: Story
  cohort: Slice['cohort']
  /** The flag that a command needs for the same requests. */
  traffic: string
}

/** That of the workbook, unless what it is about was measured over everybody’s requests. */
function chooseCohort(
  workbook: Workbook,
  measured: readonly { command: string | null }[],
): Pick<Subject, 'cohort' | 'traffic'> {
  const cohort = cohortOfStory(workbook, { evidence: measured })
  return { cohort, traffic: workbook.config.cohort && cohort === null ? ' --all-traffic' : '' }
}

async function gatherLook({ workbook, store, story, cohort, traffic }: Subject): Promise<Part<ReportLook>> {
  const command = `whyslow look ${story.id}${traffic}`
  if (storyWhere(story.frontMatter) === null) return noScope(story)
  return attemptPart(async () => {
    const slice = { ...EVERYTHING, cohort }
    const asked = { subject: story.id, slice, under_ms: null, limit: LIMIT }
    const { look, words, subject } = await lookAtSubject(workbook, store, asked)
    if (look.requests === 0) return noRequests(story)
    return { look, words, command, sources: listOrigins(store, [subject.slice]) }
  }, command)
}

async function gatherExplanation(subject: Subject): Promise<Part<ReportExplanation>> {
  const { workbook, store, story, cohort, traffic } = subject
  const command = `whyslow explain ${story.id}${traffic}`
  if (storyWhere(story.frontMatter) === null) return noScope(story)
  return attemptPart(async () => {
    const slice = { ...EVERYTHING, cohort }
    const asked = { subject: story.id, slice, under_ms: null, seed: SEED, all: false }
    const { explanation, words } = await explainSubject(workbook, store, asked)
    if (explanation.requests === 0) return noRequests(story)
    const { from = null, to = null } = story.frontMatter.scope.window ?? {}
    return { explanation, words, command, sources: listOrigins(store, [{ from, to }]) }
  }, command)
}

/** As its newest test was made, if there was one. */
async function gatherTest(
  { workbook, store, story }: Subject,
  hypothesis: StoryHypothesis,
): Promise<Part<ReportTest>> {
  const last = hypothesis.results.at(-1)
  const { cohort, traffic } = chooseCohort(workbook, last ? [last] : [])
  const sinceRegistered = hasFlag(last?.command ?? null, '--since-registered')
  const newer = sinceRegistered ? ' --since-registered' : ''
  const command = `whyslow hypothesis test ${story.id} --hypothesis ${quoteIfNeeded(hypothesis.id)}${newer}${traffic}`
  if (hypothesis.metric !== 'under')
    return {
      missing: `It is about “${hypothesis.metric}”; only “under”, the share of good requests, can be tested.`,
      next: null,
    }
  return attemptPart(async () => {
    const registered = { story, hypothesis, isAnew: false }
    const found = await examineHypothesis(workbook, store, registered, { cohort, sinceRegistered })
    const exploratory = found.exploratory || isEdited(hypothesis)
    const { judged, reason } = judgePrediction({ ...found, exploratory }, hypothesis)
    return {
      comparison: { ...found.comparison, reason },
      judged,
      exploratory,
      slowTime: found.slowTime,
      command,
      sources: listOrigins(store, [hypothesis.before, hypothesis.after]),
    }
  }, command)
}

async function gatherOutcome(
  { workbook, store, story }: Subject,
  { command: filed, at, sameMix }: StoryOutcome,
): Promise<Part<ReportComparison>> {
  const command = filed ?? `whyslow story close ${story.id} --measure`
  const { cohort } = chooseCohort(workbook, [{ command: filed }])
  return attemptPart(async () => {
    const arms = (filed === null ? null : readArmsOf(filed)) ?? chooseArms(story.frontMatter)
    const promise = findPromise(story.frontMatter, new Date(at))
    const comparison = await compareOutcome(workbook, store, story, { arms, cohort, sameMix, promise })
    const slices = await sliceArms(store, story, arms, cohort)
    return { comparison, command, sources: listOrigins(store, Object.values(slices)) }
  }, command)
}

function hasFlag(command: string | null, flag: string): boolean {
  return new RegExp(`(?:^|\\s)${flag}(?:\\s|$)`).test(command ?? '')
}

function noScope({ id }: Story) {
  return {
    missing: 'The story names neither a route nor a where, so it isn’t known which requests it is about.',
    next: howToScope(id),
  }
}

function noRequests({ frontMatter }: Story) {
  const { from = null, to = null } = frontMatter.scope.window ?? {}
  const when = from === null ? 'its time' : `${from}${to === null ? ' and later' : ` to ${to}`}`
  return {
    missing: `No request of the story is on this machine.`,
    next: `Import the logs of ${when}: whyslow import FILE`,
  }
}

type Figures = Pick<StoryReport, 'look' | 'explanation' | 'hypotheses' | 'outcome' | 'profiles' | 'diff'>

function collectWarnings({ look, explanation, hypotheses, outcome, profiles, diff }: Figures): Warning[] {
  const parts = [
    'look' in look ? look.look : null,
    'explanation' in explanation ? explanation.explanation : null,
    ...[...hypotheses.map(({ test }) => test), outcome].map(part =>
      part !== null && 'comparison' in part ? part.comparison : null,
    ),
    ...profiles.map(part => ('warnings' in part ? part : null)),
    diff !== null && 'diff' in diff ? diff.diff : null,
  ]
  const all = parts.flatMap(part => part?.warnings ?? [])
  return all.filter(({ message }, i) => all.findIndex(other => other.message === message) === i)
}
