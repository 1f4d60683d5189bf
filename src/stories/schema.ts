/**
 * The front matter of a story: the contract between whyslow, people and `story show --json`.
 * What is left out or left empty reads as null, as an empty list, or as `unknown`; only `id` and `title` are needed.
 */
import { z } from 'zod'
import {
  fix,
  judged,
  measuredChange,
  outcome,
  prediction,
  type promised,
  reopening,
  watch,
} from './outcome-schema.js'
import {
  duration,
  entryId,
  interval,
  list,
  maybe,
  storyWindow,
  text,
  time,
  value,
  where,
} from './schema-values.js'

export const STATUSES = [
  'reported',
  'framed',
  'investigating',
  'hypothesised',
  'confirmed',
  'fixing',
  'measured',
  'closed',
  'dismissed',
] as const

export const QUESTIONS = [
  'impact',
  'customers',
  'revenue',
  'shown',
  'blocks',
  'others',
  'support',
  'churn',
] as const

export const STORY_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const storyId = z.string().regex(STORY_ID, 'expected an id of small letters, digits and dashes')
const answer = z.union([
  z.literal('unknown'),
  z.strictObject({
    value,
    unit: maybe(text),
    source: z
      .enum(['measured', 'person'])
      .describe('Triage refreshes what is measured, never what a person said'),
    evidence: list(text).describe('Ids of the evidence behind it'),
    at: maybe(time),
  }),
])

/** A question that nobody has answered is `unknown`. */
const question = answer.nullish().transform(given => given ?? ('unknown' as const))

const questions = z.strictObject({
  impact: question.describe('How does it impact the customer?'),
  customers: question.describe('How many customers?'),
  revenue: question.describe('How much do they pay?'),
  shown: question.describe('Can we show it (video, picture)?'),
  blocks: question.describe('Does it block their workflow?'),
  others: question.describe('Does it hurt anyone else (the customer’s customer)?'),
  support: question.describe('Does it cause toil for support?'),
  churn: question.describe('Has it made customers leave?'),
})

const evidence = z.strictObject({
  id: entryId,
  kind: text,
  finding: text.describe('One sentence'),
  value: maybe(value),
  unit: maybe(text),
  interval: maybe(interval),
  where: maybe(where),
  window: maybe(storyWindow),
  sources: list(text).describe('Ids of the imported files it was found in'),
  command: maybe(text).describe('Reproduces it'),
  at: maybe(time),
})

const extension = z.strictObject({ by: duration, at: time, reason: text })

const timebox = z.strictObject({
  id: entryId,
  started: time,
  budget: duration,
  stopped: maybe(time),
  learned: maybe(text),
  ruledOut: maybe(text),
  effort: maybe(text).describe('What a fix would take'),
  profiles: list(text).describe('Files beside the story'),
  hypotheses: list(text).describe('Ids of those that were registered in it'),
  extensions: list(extension).describe('More time than the budget, each with its reason'),
})

const arm = z.strictObject({ where: maybe(where), from: maybe(time), to: maybe(time) })

const result = z.strictObject({
  ...measuredChange,
  judged,
  exploratory: maybe(z.literal(true)).describe(
    'Of data that was there before the hypothesis: it may disprove, and never confirms',
  ),
  looks: maybe(z.int().min(0)).describe('Of a watch: its interval holds over all of them'),
})

const hypothesis = z.strictObject({
  id: entryId,
  claim: text,
  metric: z
    .string()
    .regex(/^(?:under|median|p\d{1,2}(?:\.\d+)?)$/, 'expected under, median, or a quantile such as p95')
    .describe('under = the share of good requests'),
  under: maybe(duration),
  direction: z.enum(['up', 'down']).describe('Where the metric is predicted to go'),
  smallest: maybe(z.number().gt(0)).describe('The smallest change worth having'),
  design: z.enum(['before-after', 'canary', 'with-without']),
  before: arm,
  after: arm,
  registered: time.describe('Before its data was looked at'),
  hash: maybe(text).describe('Of the prediction, its threshold and its sides: an edit registers it anew'),
  watch: maybe(watch),
  results: list(result),
})

const profile = z.strictObject({
  file: text.describe('Beside the story'),
  tool: maybe(text),
  kind: maybe(text),
  pid: maybe(z.int()),
  durationMs: maybe(z.number()),
  samples: maybe(z.int()),
  at: maybe(time),
  timebox: maybe(text),
})

const attachment = z
  .strictObject({
    file: maybe(text),
    url: maybe(z.url({ error: 'expected a URL' })),
    added: maybe(time),
    note: maybe(text),
  })
  .refine(({ file, url }) => (file === null) !== (url === null), 'expected either a file or a url')

/** What a tracker said of the story's ticket when it was last asked. */
const ticketState = z.strictObject({
  status: text.describe('In the words of the tracker'),
  assignee: maybe(text),
  closed: maybe(time),
})

/** Trackers number their tickets: a bare number is one, too. */
const ticketId = z.union([text, z.int()]).transform(String)

export const storySchema = z.strictObject({
  id: storyId.describe('The name of its folder'),
  title: text,
  status: z
    .enum(STATUSES)
    .nullish()
    .transform(status => status ?? 'reported'),
  opened: maybe(time),
  identity: maybe(where).describe('The where at its first proposal: triage finds the story by it'),
  route: maybe(text).describe('GET /orders/:id'),
  scope: z
    .strictObject({ where: maybe(where), window: maybe(storyWindow) })
    .nullish()
    .transform(scope => scope ?? { where: null, window: null })
    .describe('The requests that this story is about'),
  under: maybe(duration).describe('The target of this story, where it isn’t that of its route'),
  reasons: list(z.strictObject({ code: text, text })).describe('Why it was proposed'),
  questions: questions.nullish().transform(given => given ?? questions.parse({})),
  evidence: list(evidence),
  timeboxes: list(timebox),
  hypotheses: list(hypothesis),
  profiles: list(profile),
  effort: maybe(text).describe('What a fix would take: 3h, 2d, 1w, or a size such as M'),
  confidence: maybe(z.number().gt(0).max(1)).describe('That a fix will do what it is said to: 0.8'),
  predictions: list(prediction),
  fixes: list(fix),
  outcome: maybe(outcome),
  reopened: list(reopening),
  attachments: list(attachment),
  tickets: z
    .strictObject({
      matched: list(ticketId).describe('All of them'),
      added: list(ticketId).describe('Those of them that a person named: they stay, whatever triage guesses'),
      excluded: list(ticketId).describe('Never matched again'),
    })
    .nullish()
    .transform(tickets => tickets ?? { matched: [], added: [], excluded: [] })
    .describe('Support tickets'),
  links: z
    .strictObject({
      jira: maybe(text),
      github: maybe(text),
      states: z
        .strictObject({ jira: ticketState.optional(), github: ticketState.optional() })
        .optional()
        .describe('As the last export --pull found these tickets'),
    })
    .nullish()
    .transform(links => links ?? { jira: null, github: null })
    .describe('The tickets of this story'),
  notes: list(z.strictObject({ at: maybe(time), text, comment: text.optional().describe('In a tracker') })),
  splitFrom: maybe(storyId),
})

/** As read: every key is there. */
export type StoryFrontMatter = z.output<typeof storySchema>
/** As written: what is empty may be left out. Whatever was read may be written. */
export type StoryInput = z.input<typeof storySchema>

export type StoryStatus = (typeof STATUSES)[number]

/** Whether nothing more is asked of a story: it is closed, or was never an issue. */
export function isOver(status: StoryStatus): boolean {
  return status === 'closed' || status === 'dismissed'
}
export type StoryQuestion = (typeof QUESTIONS)[number]
export type StoryAnswer = StoryFrontMatter['questions'][StoryQuestion]
export type StoryEvidence = StoryFrontMatter['evidence'][number]
export type StoryTimebox = StoryFrontMatter['timeboxes'][number]
export type StoryHypothesis = StoryFrontMatter['hypotheses'][number]
export type StoryResult = StoryHypothesis['results'][number]
export type StoryWatch = NonNullable<StoryHypothesis['watch']>
export type StoryFix = StoryFrontMatter['fixes'][number]
export type StoryPrediction = StoryFrontMatter['predictions'][number]
/** Of a hypothesis' test, or of an outcome. */
export type MeasuredChange = Omit<StoryResult, 'judged' | 'exploratory' | 'looks'>
export type StoryPromise = z.output<typeof promised>
export type StoryOutcome = NonNullable<StoryFrontMatter['outcome']>
export type StoryReopening = StoryFrontMatter['reopened'][number]
export type TicketState = z.output<typeof ticketState>
export type StoryAttachment = StoryFrontMatter['attachments'][number]
