/** A story from its claim on: what is asked of every issue, why it is one, and what people wrote. Its findings and tests have pages of their own. */

import { QUESTIONS, type StoryFrontMatter, type StoryQuestion } from '../stories/schema.js'
import { storyWhere } from '../stories/scope.js'
import { describeChange, formatTyped } from './hypothesis-words.js'
import { describeKept } from './promise-words.js'
import { ASKED, bullet, describeTickets, shortAnswer } from './stories.js'
import { fitCharset, paint, plain, type Style, widthOf, wrap } from './style.js'
import { formatSource, STATUS_TEXT } from './ticket-words.js'
import { formatDay, formatPeriod } from './times.js'

/** `body`: the Markdown below the front matter. Its id, its route and what has room of its title stand above the page. */
export function renderClaim(story: StoryFrontMatter, body: string, style: Style): string {
  const bullets = (texts: string[]) => texts.map(text => bullet(style, text))
  const sections = [
    renderHead(story, style),
    section(
      'Questions',
      QUESTIONS.map(name => renderQuestion(story, name, style)),
      style,
    ),
    section('Why it is a story', bullets(story.reasons.map(reason => reason.text)), style),
    section('Fixes', bullets(story.fixes.map(describeFix)), style),
    section('Outcome', bullets(describeOutcome(story)), style),
    section('Notes', bullets(story.notes.map(describeNote)), style),
    section('Tickets', bullets([...describeTickets(story), ...describeMatched(story)]), style),
    section('Files', bullets(story.attachments.map(describeAttachment)), style),
    renderBody(body, style),
  ]
  return fitCharset(style, sections.filter(text => text !== '').join('\n\n'))
}

function section(title: string, lines: string[], style: Style): string {
  return lines.length === 0 ? '' : [paint(style, 'bold', title), ...lines].join('\n')
}

function renderHead(story: StoryFrontMatter, style: Style): string {
  const { scope, under } = story
  const facts = [
    scope.window && formatPeriod(scope.window),
    under && `target ${formatTyped(under)}`,
    story.opened && `opened ${formatDay(story.opened)}`,
    story.splitFrom && `split from ${story.splitFrom}`,
  ].filter(fact => fact !== null)
  const where = storyWhere(story)
  const title = plain(style, story.title)
  const isCut = widthOf(title) > style.width
  const lines = [
    ...(isCut ? [paint(style, 'bold', wrap(style, title))] : []),
    wrap(style, plain(style, `${story.status}: ${STATUS_TEXT[story.status]}`)),
    ...(facts.length === 0 ? [] : [paint(style, 'dim', wrap(style, plain(style, facts.join(' · '))))]),
    ...(where === null ? [] : [paint(style, 'dim', wrap(style, plain(style, `where ${where}`), '  '))]),
  ]
  return lines.join('\n')
}

function renderQuestion({ questions }: StoryFrontMatter, name: StoryQuestion, style: Style): string {
  const answer = questions[name]
  const said =
    answer === 'unknown'
      ? paint(style, 'dim', 'unknown')
      : `${plain(style, shortAnswer(answer))} ${paint(style, 'dim', `(${formatSource(answer)})`)}`
  return `  ${wrap({ ...style, width: style.width - 2 }, `${ASKED[name]} ${said}`, '      ')}`
}

function describeFix({ text, kind, deployed, version, took }: StoryFrontMatter['fixes'][number]): string {
  const facts = [kind, version, deployed && `deployed ${formatDay(deployed)}`, took && `took ${took}`].filter(
    fact => fact !== null,
  )
  return facts.length === 0 ? text : `${text} (${facts.join(', ')})`
}

function describeOutcome({ outcome }: StoryFrontMatter): string[] {
  if (outcome === null) return []
  const { at, verdict, text, under, command } = outcome
  const target = under === null ? '' : ` under ${formatTyped(under)}`
  const change = describeChange(outcome, { metric: 'under', design: 'before-after' })
  return [
    `${verdict}${text === null ? '' : `: ${text}`}`,
    `measured ${formatDay(at)}${target}: ${change}`,
    ...(outcome.promised === null ? [] : [describeKept(outcome)]),
    ...(command === null ? [] : [`again with ${command}`]),
  ]
}

function describeNote({ at, text }: StoryFrontMatter['notes'][number]): string {
  return at === null ? text : `${formatDay(at)}: ${text}`
}

function describeMatched({ tickets }: StoryFrontMatter): string[] {
  return tickets.matched.length === 0 ? [] : [`Support: ${tickets.matched.join(', ')}`]
}

function describeAttachment({ file, url, note }: StoryFrontMatter['attachments'][number]): string {
  return `${file ?? url}${note === null ? '' : `: ${note}`}`
}

/** As it was written, with its headings marked. */
function renderBody(body: string, style: Style): string {
  return body
    .trim()
    .split('\n')
    .map(line => {
      const text = wrap(style, plain(style, line.trimEnd()))
      return /^#{1,6} /.test(line) ? paint(style, 'bold', text) : text
    })
    .join('\n')
}
