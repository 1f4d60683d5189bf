/**
 * The front matter of a story: the contract between whyslow, people and `story show --json`.
 * What is left out or left empty reads as null, as an empty list, or as `unknown`; only `id` and `title` are needed.
 */
import { z } from 'zod'
import { parseDuration } from '../units.js'

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

/** An empty value is null, so that results carry every key. */
function maybe<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform(value => value ?? null)
}

function list<S extends z.ZodType>(entry: S) {
  return z
    .array(entry)
    .nullish()
    .transform(entries => entries ?? [])
}

const text = z.string().min(1)

export const STORY_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const storyId = z.string().regex(STORY_ID, 'expected an id of small letters, digits and dashes')
const entryId = text.describe('Unique in its list')

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?$/

const EXPECTED_TIME = 'expected a UTC time such as 2026-01-31T09:00:00Z'
const EXPECTED_DURATION = 'expected a duration such as 500ms, 1.5s, 90m or 1h30m'

/** ISO 8601 in UTC; a date alone is its midnight. */
const time = z
  .string({ error: EXPECTED_TIME })
  .refine(value => TIME.test(value) && !Number.isNaN(Date.parse(value)), EXPECTED_TIME)

/** Kept as it was typed: `500ms`. */
const duration = z.string({ error: EXPECTED_DURATION }).refine(isDuration, EXPECTED_DURATION)

function isDuration(value: string): boolean {
  try {
    return parseDuration(value) > 0
  } catch {
    return false
  }
}

/** `from` is inside, `to` is not. Null = open. */
const storyWindow = z
  .strictObject({ from: maybe(time), to: maybe(time) })
  .refine(
    ({ from, to }) => from === null || to === null || Date.parse(from) < Date.parse(to),
    'expected a window whose “from” is before its “to”',
  )

const where = text.describe('A SQL expression over the columns of a request')
const interval = z.tuple([z.number(), z.number()]).describe('95%: [low, high]')
const value = z.union([z.string(), z.number(), z.boolean()])

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

/** One side of a comparison as it was measured. `share`: good requests, 0 to 1. */
const measuredArm = z.strictObject({
  requests: z.int().min(0),
  clusters: maybe(z.int().min(0)),
  share: maybe(z.number()),
  interval: maybe(interval),
})

/** `change` is after − before in the unit of the metric; a share's is 0 to 1. */
const measuredChange = {
  at: time,
  verdict: z.enum(['better', 'worse', 'no meaningful difference', 'cannot tell yet']),
  before: measuredArm,
  after: measuredArm,
  change: maybe(z.number()),
  interval: maybe(interval),
  command: maybe(text),
}

const arm = z.strictObject({ where: maybe(where), from: maybe(time), to: maybe(time) })

const result = z.strictObject({
  ...measuredChange,
  judged: z.enum(['confirmed', 'disproved', 'cannot tell yet']),
  exploratory: maybe(z.literal(true)).describe(
    'Of data that was there before the hypothesis: it may disprove, and never confirms',
  ),
  looks: maybe(z.int().min(0)).describe('Of a watch: its interval holds over all of them'),
})

/** What a later watch of the same hypothesis goes on with. */
const watch = z.strictObject({
  v1: maybe(z.number().gt(0)).describe('The variance at the first look that counts: never changed'),
  looks: z.int().min(0),
  day: maybe(text).describe('The newest day of data at the last look, where both sides are apart in time'),
  under: maybe(duration).describe('The threshold of all looks, where nobody set one'),
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

/** 0 to 1 before and after, with the interval of the share after. */
const predictedShare = z.strictObject({ before: z.number(), after: z.number(), interval: maybe(interval) })

/** What a change was said to buy before it was made. */
const prediction = z.strictObject({
  id: entryId,
  at: time,
  what: text.describe('The change that was thought through: “layoutPages takes a third of its time”'),
  kind: maybe(text).describe('The kind of fix (cache, query, index …): the ledger adds up by it'),
  under: duration,
  share: predictedShare.describe('Good requests'),
  change: z.strictObject({ value: z.number(), interval: maybe(interval) }).describe('After − before'),
  customers: maybe(
    z.strictObject({
      cross: z.number().min(0).describe('For whom three of four requests become good'),
      interval: maybe(interval),
      of: z.int().min(0),
    }),
  ),
  revenue: maybe(z.number()).describe('What those pay a month'),
  assumptions: list(text),
  command: maybe(text).describe('Reproduces it'),
})

const fix = z.strictObject({
  id: entryId,
  text,
  deployed: maybe(time),
  version: maybe(text),
  kind: maybe(text).describe('cache, query, index …: the ledger adds up by it'),
  prediction: maybe(text).describe('Id of what was predicted for it; the newest, unless said otherwise'),
  took: maybe(text).describe('Work that went into it: 3h, 2d'),
})

/** What was said before, beside what came. Changes are of the share of good requests. */
const promised = z.strictObject({
  prediction: maybe(text),
  hypothesis: maybe(text),
  kind: maybe(text),
  change: z.number(),
  interval: maybe(interval),
  kept: maybe(z.number()).describe('What came, as a part of what was promised: 1 is all of it'),
  keptInterval: maybe(interval),
})

const outcome = z.strictObject({
  ...measuredChange,
  under: maybe(duration),
  text: maybe(text),
  sameMix: list(text).describe('Columns at whose mix both sides were compared'),
  promised: maybe(promised),
  watch: maybe(watch).describe('Whether it lasts: triage looks once a day'),
})

/** A fix that didn't last. */
const reopening = z.strictObject({
  at: time,
  began: text.describe('The day from which on it was slower again'),
  before: z.number().describe('The share of good requests from the fix to that day'),
  after: z.number().describe('Since that day'),
  interval: maybe(interval).describe('Of the change, over all looks'),
  around: list(text).describe('What changed around that day: versions, instances, deploys'),
  outcome: maybe(outcome).describe('The one that didn’t last'),
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
export type StoryOutcome = NonNullable<StoryFrontMatter['outcome']>
export type StoryReopening = StoryFrontMatter['reopened'][number]
export type TicketState = z.output<typeof ticketState>
export type StoryAttachment = StoryFrontMatter['attachments'][number]
