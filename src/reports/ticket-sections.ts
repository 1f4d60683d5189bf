/** The parts of a ticket, each Markdown, or empty when there is nothing to say. */
import {
  isOver,
  QUESTIONS,
  type StoryEvidence,
  type StoryFrontMatter,
  type StoryHypothesis,
  type StoryOutcome,
} from '../stories/schema.js'
import { formatCount, formatDuration, formatPoints, formatShare } from '../units.js'
import { describeChange, describePrediction, formatTyped, JUDGED, VERDICT } from './hypothesis-words.js'
import { escapeMarkdown, markdownBlock, markdownCode, markdownLink, markdownTable } from './markdown.js'
import { describePredicted } from './prediction-words.js'
import { describeKept, withRange } from './promise-words.js'
import { describeReopening } from './reopened.js'
import { describeCaptures, describeShown, type LinkOf } from './ticket-beside.js'
import { clause, explainAnswer, formatSource, INVITATION, QUESTION_TEXT, sentence } from './ticket-words.js'
import { formatDay } from './times.js'

export function describeAnswers(story: StoryFrontMatter): string {
  return listOf(
    QUESTIONS.map(name => {
      const answer = story.questions[name]
      return answer === 'unknown'
        ? ''
        : `**${QUESTION_TEXT[name]}** ${explainAnswer(answer, story)} *(${formatSource(answer)})*`
    }),
  )
}

/** What is open, as a list that invites answers. A dismissed or closed story asks for nothing. */
export function describeUnknown(story: StoryFrontMatter): string {
  if (isOver(story.status)) return ''
  const isShown = story.attachments.length > 0
  const questions = QUESTIONS.filter(
    name => story.questions[name] === 'unknown' && !(name === 'shown' && isShown),
  )
  const open = story.hypotheses.filter(hypothesis => !isSettled(hypothesis))
  const items = [
    ...questions.map(name => `**${QUESTION_TEXT[name]}** ${INVITATION[name]}`),
    ...(story.hypotheses.length === 0
      ? ['**Why is it slow?** Nobody has named a cause yet. A guess that can be tested is welcome.']
      : []),
    ...open.map(
      hypothesis => `**Is this the cause?** ${sentence(hypothesis.claim)} ${openState(hypothesis)}`,
    ),
  ]
  return items.length === 0 ? '' : `Do you know one of these? Please say so in a comment.\n\n${listOf(items)}`
}

function isSettled({ results }: StoryHypothesis): boolean {
  const last = results.at(-1)
  return last !== undefined && last.judged !== 'cannot tell yet'
}

function openState({ results }: StoryHypothesis): string {
  return results.length === 0 ? 'It hasn’t been tested yet.' : 'It was tested, and the data can’t tell yet.'
}

const ORDER = ['confirmed', 'cannot tell yet', undefined, 'disproved']

/** All of them, the disproved ones too: nobody should have to test them again. */
export function describeHypotheses(story: StoryFrontMatter): string {
  const rank = ({ results }: StoryHypothesis) => ORDER.indexOf(results.at(-1)?.judged)
  return listOf(
    story.hypotheses
      .toSorted((a, b) => rank(a) - rank(b))
      .map(hypothesis => {
        const last = hypothesis.results.at(-1)
        const lines = [
          `**${last ? JUDGED[last.judged] : 'Not tested yet'}:** ${clause(hypothesis.claim)}`,
          `Predicted on ${formatDay(hypothesis.registered)}: ${describePrediction(hypothesis)}.`,
        ]
        if (last) {
          lines.push(`Measured on ${formatDay(last.at)}: ${describeChange(last, hypothesis)}.`)
          if (last.exploratory)
            lines.push(
              'Exploratory: on data from before it was predicted, which can disprove and never confirms.',
            )
          if (last.command !== null) lines.push(`Tested with ${markdownCode(last.command)}`)
        }
        return lines.join('\n  - ')
      }),
  )
}

/** The outcome, and what became of earlier ones. */
export function describeOutcome({ outcome, reopened }: StoryFrontMatter): string {
  const earlier = reopened.map(one => {
    const what = one.after === null ? 'An earlier fix' : 'A fix that didn’t last'
    return `**${what}:** ${sentence(describeReopening(one).join('; '))}`
  })
  return [outcome === null ? '' : describeMeasured(outcome), listOf(earlier)]
    .filter(part => part !== '')
    .join('\n\n')
}

function describeMeasured(outcome: StoryOutcome): string {
  const { before, after } = outcome
  const arm = ({ share, interval }: typeof before) =>
    share === null ? formatShare(share) : withRange(share, interval, formatShare)
  const change = outcome.change === null ? '–' : withRange(outcome.change, outcome.interval, formatPoints)
  const clusters =
    before.clusters === null || after.clusters === null
      ? []
      : [
          [
            'Customers (or clients without an account)',
            formatCustomers(before.clusters),
            formatCustomers(after.clusters),
            '',
          ],
        ]
  const table = markdownTable(
    ['', 'Before', 'After', 'Change'],
    [
      [
        `Good requests${outcome.under === null ? '' : ` (under ${formatTyped(outcome.under)})`}`,
        arm(before),
        arm(after),
        `**${change}**`,
      ],
      ['Requests', formatCount(before.requests), formatCount(after.requests), ''],
      ...clusters,
    ],
  )
  const said = outcome.text === null ? '' : ` ${sentence(outcome.text)}`
  const command = outcome.command === null ? '' : `\n\nMeasured with ${markdownCode(outcome.command)}`
  const kept = describeKept(outcome)
  const promise = kept === '' ? '' : `\n\n${sentence(kept)}`
  return `**${VERDICT[outcome.verdict]}**${said} *(measured ${formatDay(outcome.at)})*${promise}\n\n${table}${command}`
}

/** With the noun, by which small counts are recognised and hidden. */
function formatCustomers(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'customer' : 'customers'}`
}

export function describeTimeboxes(story: StoryFrontMatter): string {
  return listOf(
    story.timeboxes.map(({ started, budget, stopped, learned, ruledOut, effort, extensions }) => {
      const end =
        stopped === null
          ? 'still running'
          : `took ${formatDuration(Date.parse(stopped) - Date.parse(started))}`
      const lines = [`**${formatDay(started)}**, a timebox of ${formatTyped(budget)} (${end})`]
      for (const { by, reason } of extensions) lines.push(`Extended by ${formatTyped(by)}: ${clause(reason)}`)
      if (learned !== null) lines.push(`Learned: ${clause(learned)}`)
      if (ruledOut !== null) lines.push(`Ruled out: ${clause(ruledOut)}`)
      if (effort !== null) lines.push(`A fix would take: ${clause(effort)}`)
      return lines.join('\n  - ')
    }),
  )
}

export function describeProfiles(story: StoryFrontMatter, linkOf: LinkOf): string {
  const found = story.evidence.filter(entry => entry.kind === 'profile')
  const captures = listOf(describeCaptures(story, linkOf))
  return [describeFindings(found), captures].filter(part => part !== '').join('\n\n')
}

export function describeEvidence(story: StoryFrontMatter): string {
  return describeFindings(story.evidence.filter(entry => entry.kind !== 'profile'))
}

/** Findings that one command reproduces stand together above it. */
function describeFindings(entries: StoryEvidence[]): string {
  const byCommand = Map.groupBy(entries, entry => entry.command)
  return [...byCommand]
    .map(([command, found]) => {
      const findings = listOf(found.map(entry => sentence(entry.finding)))
      return command === null ? findings : `${findings}\n\n${markdownBlock(command, 'sh')}`
    })
    .join('\n\n')
}

/** What changes were said to buy before they were made. */
export function describePredictions({ predictions }: StoryFrontMatter): string {
  return listOf(
    predictions.map(
      one =>
        `**With ${escapeMarkdown(one.what)}:** ${describePredicted(one)} *(predicted ${formatDay(one.at)})*`,
    ),
  )
}

export function describeFixes(story: StoryFrontMatter): string {
  const isOver = story.status === 'measured' || story.status === 'closed'
  const undated = isOver ? 'when it was deployed was not written down' : 'not deployed yet'
  return listOf(
    story.fixes.map(({ text, deployed, version, kind, took }) => {
      const where = [
        ...(kind === null ? [] : [escapeMarkdown(kind)]),
        deployed === null ? undated : `deployed ${formatDay(deployed)}`,
        ...(version === null ? [] : [`version ${markdownCode(version)}`]),
        ...(took === null ? [] : [`took ${escapeMarkdown(took)}`]),
      ]
      return `${sentence(text)} *(${where.join(', ')})*`
    }),
  )
}

export function describeAttachments(story: StoryFrontMatter, linkOf: LinkOf): string {
  return listOf(describeShown(story, linkOf))
}

export function describeNotes(story: StoryFrontMatter): string {
  return listOf(
    story.notes.map(({ at, text }) => (at === null ? sentence(text) : `${formatDay(at)}: ${clause(text)}`)),
  )
}

const MOST_TICKETS = 20

export function describeLinks({ links, tickets, splitFrom }: StoryFrontMatter): string {
  const { matched } = tickets
  const more = matched.length > MOST_TICKETS ? ` and ${formatCount(matched.length - MOST_TICKETS)} more` : ''
  const link = (name: string, key: string | null) =>
    key === null ? '' : `${name}: ${/^https?:/.test(key) ? markdownLink(key, key) : markdownCode(key)}`
  return listOf([
    link('Jira', links.jira),
    link('GitHub', links.github),
    matched.length === 0
      ? ''
      : `Support tickets: ${matched.slice(0, MOST_TICKETS).map(markdownCode).join(', ')}${more}`,
    splitFrom === null ? '' : `Split off from the story ${markdownCode(splitFrom)}`,
  ])
}

export function describeReasons(story: StoryFrontMatter): string {
  const reasons = listOf(story.reasons.map(reason => sentence(reason.text)))
  return reasons === '' || story.opened === null
    ? reasons
    : `On ${formatDay(story.opened)}, because:\n\n${reasons}`
}

function listOf(items: string[]): string {
  return items
    .filter(item => item !== '')
    .map(item => `- ${item}`)
    .join('\n')
}
