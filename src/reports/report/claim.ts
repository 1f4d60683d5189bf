/** What is claimed: who is hurt, how much, and how sure that is. */
import { measuredShare } from '../../stories/filed-share.js'
import { QUESTIONS, type StoryAnswer, type StoryFrontMatter, type StoryStatus } from '../../stories/schema.js'
import { formatDuration, formatShare } from '../../units.js'
import { QUESTION_TEXT, STATUS_TEXT, showAnswer } from '../ticket-words.js'
import { formatDay } from '../times.js'
import { renderLink } from './body.js'
import { isMissing, type StoryReport } from './contents.js'
import { html, type Markup, renderList } from './markup.js'
import { renderTable } from './parts.js'

/** One sentence, as far as it is known. */
export function describeClaim({ story, look }: Pick<StoryReport, 'story' | 'look'>): string {
  const { customers, impact } = story.questions
  const isOver = story.outcome?.verdict === 'better'
  const found = isMissing(look) || look.look.underShare === null ? null : look.look
  const filed = measuredShare(story)
  const share = found?.underShare ?? filed?.value ?? null
  const hit = customers === 'unknown' || customers.value === 0 ? '' : ` for ${showAnswer(customers)}`
  const what = story.route === null ? story.title : `${story.route} ${isOver ? 'was' : 'is'} slow`
  if (share !== null) {
    const under_ms = found?.under_ms ?? filed?.under_ms ?? null
    const [take, fail, are] = isOver ? ['took', 'failed', 'were'] : ['take', 'fail', 'are']
    const late =
      under_ms === null ? `${are} not good` : `${take} ${formatDuration(under_ms)} or longer, or ${fail}`
    return `${what}${hit}: ${formatShare(1 - share)} of ${story.route === null ? 'the' : 'its'} requests ${late}.`
  }
  if (impact !== 'unknown') return `${what}${hit}: ${showAnswer(impact)}`
  return `${what}${hit}. How slow has not been measured yet.`
}

/** `closed`, `fixing: a fix is being made`. */
export function describeStatus(status: StoryStatus): string {
  return STATUS_TEXT[status].startsWith(status) ? STATUS_TEXT[status] : `${status}: ${STATUS_TEXT[status]}`
}

export function renderFacts({ story }: StoryReport): Markup {
  const { links, splitFrom } = story
  const trackers = [links.jira, links.github].flatMap(key => (key === null ? [] : [renderLink(key)]))
  const facts = [
    html`<strong>${describeStatus(story.status)}</strong>`,
    ...(story.opened === null ? [] : [`opened ${formatDay(story.opened)}`]),
    html`story <code>${story.id}</code>`,
    ...(splitFrom === null ? [] : [html`split off from <code>${splitFrom}</code>`]),
    ...trackers,
  ]
  return html`<p class="facts">${facts.map((fact, i) => (i === 0 ? fact : html` · ${fact}`))}</p>`
}

export function renderClaim({ story }: StoryReport): Markup[] {
  const reasons = renderList(story.reasons.map(({ text }) => text))
  const answers = QUESTIONS.map(name => [
    QUESTION_TEXT[name],
    ...describeAnswer(story.questions[name], story),
  ])
  return [
    ...(reasons === null ? [] : [html`<p>Why it was proposed:</p>`, reasons]),
    renderTable('The eight questions', ['question', 'answer', 'known from', 'when'], answers, [3])!,
    ...renderShown(story),
    ...renderEvidence(story),
  ]
}

/** Pictures and videos by their names; what lies on the web as a link. */
function renderShown({ attachments }: StoryFrontMatter): Markup[] {
  const items = attachments.map(({ file, url, note }) => {
    const name = url === null ? html`<code>${file}</code>, beside the story` : renderLink(url)
    return note === null ? html`${name}` : html`${name}: ${note}`
  })
  const list = renderList(items)
  return list === null ? [] : [html`<p>It can be seen here:</p>`, list]
}

function describeAnswer(
  answer: StoryAnswer,
  { evidence }: StoryFrontMatter,
): [answer: string, from: string, at: string] {
  if (answer === 'unknown') return ['not known yet', '–', '–']
  const found = evidence.find(({ id }) => answer.evidence.includes(id))
  const isNumber = typeof answer.value === 'number'
  const said = answer.source === 'measured' && isNumber && found ? found.finding : showAnswer(answer)
  return [said, answer.source === 'measured' ? 'measured' : 'a person', formatDay(answer.at)]
}

function renderEvidence({ evidence }: StoryFrontMatter): Markup[] {
  if (evidence.length === 0) return []
  const rows = evidence.map(({ finding, at, sources, command }) => [
    finding,
    formatDay(at),
    sources.join(', ') || '–',
    command ?? '–',
  ])
  return [
    html`<details><summary>The evidence as it was filed, with the commands that find it again</summary>
${renderTable('Evidence', ['finding', 'measured', 'sources', 'command'], rows, [1])}
</details>`,
  ]
}
