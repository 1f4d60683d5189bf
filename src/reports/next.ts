/** What to do next as text: who is in front, the stories with their figures, who is above whom, and what to start with. */
import { reduceTransitively } from '../stats/partial-order.js'
import { formatCount, formatShare, formatSpent, formatTimes, formatWork } from '../units.js'
import type { Warning } from '../warnings.js'
import { MEASURES, type MeasureName } from '../workbook/next-config.js'
import { fitCharset, paint, plain, type Style, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatDay } from './times.js'

export interface ShownNumber {
  /** Null where it isn't known. */
  value: number | null
  /** 95%. */
  interval: [low: number, high: number] | null
  unit: string
  from: string
  source: string
}

export interface ShownStory {
  id: string
  title: string
  status: string
  /** A fix of it can be begun. */
  ready: boolean
  measures: Record<MeasureName, ShownNumber>
  effort: ShownNumber
  confidence: ShownNumber
  /** The part of its impact that a fix takes away, before the promises that were kept are counted. */
  gain: ShownNumber
  kept: ShownNumber | null
  score: { value: number; interval: [number, number] | null }
  /** Why it can't be told apart from any other. */
  untold: string | null
}

export interface ShownCommand {
  command: string
  /** What for, where it doesn't say that itself. */
  what: string | null
}

/** Not a type of the step, since this room is left of it. */
export interface ShownNext {
  above: { a: string; b: string }[]
  front: string[]
  start: {
    kind: 'fix' | 'investigation'
    story: string
    why: string
    /** Those that could as well be begun with. */
    instead: string[]
    /** Pairs that an investigation would settle, on average. */
    settles: number | null
    /** By what part what an investigation finds out would raise the score of the best choice, on average. */
    raises: number | null
    /** Hours that an investigation has. */
    timebox_h: number | null
    /** No look with a profiler is proposed: its cause is to be confirmed. */
    confirm: boolean
    /** What to type, in this order. */
    commands: ShownCommand[]
  } | null
  beside: { story: string; effort_h: number; customers: number | null }[]
  stories: ShownStory[]
  pairs: { all: number; open: number }
  formula: string
  /** What the scores of all stories add up to; null where they are as the formula has them. */
  of: number | null
  window: { from: string; to: string } | null
  days: number
  unit: string
  seed: number
  warnings: Warning[]
}

export interface NextWords {
  /** Rows of the table. */
  limit: number
  /** The story whose sources are listed, instead of the start’s. */
  explain: string | null
}

const LEFT_OUT: Warning['code'][] = ['no-scope', 'story-unreadable']

export function renderNext(next: ShownNext, style: Style, { limit, explain }: NextWords): string {
  if (next.stories.length === 0)
    return next.warnings.some(({ code }) => LEFT_OUT.includes(code))
      ? 'No open story can be measured.'
      : 'There is no open story: whyslow triage proposes some.'
  const about = explain ?? next.start?.story ?? null
  const parts = [
    renderFront(next, style),
    renderStories(next, style, limit),
    renderRelation(next, style),
    renderStart(next, style),
    ...(about === null ? [] : [renderSources(next, about, style)]),
  ]
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}

function renderFront({ front, stories, pairs, window, days }: ShownNext, style: Style): string {
  const count = stories.length === 1 ? '1 open story' : `${formatCount(stories.length)} open stories`
  const over = window === null ? '' : `, ${formatDays(days)} up to ${formatDay(window.to)}`
  const open =
    pairs.all === 0
      ? ''
      : pairs.open === pairs.all
        ? ` None of the ${formatCount(pairs.all)} pairs can be told apart.`
        : ` ${formatCount(pairs.open)} of ${formatCount(pairs.all)} pairs can’t be told apart.`
  const list = stories.length > 1 && front.length === stories.length ? 'any of them.' : front.join(', ')
  return [
    wrap(style, plain(style, `${count}${over}.${open}`)),
    wrap(style, `${paint(style, 'bold', 'Nothing is above')} ${plain(style, list)}`, '  '),
  ].join('\n')
}

function formatDays(days: number): string {
  if (days < 1.5 / 24) return `${formatCount(days * 1440)} min`
  return days < 1.5 ? `${formatCount(days * 24)} hours` : `${formatCount(days)} days`
}

function renderStories({ stories, front }: ShownNext, style: Style, limit: number): string {
  const sorted = stories.toSorted(
    (one, other) => Number(front.includes(other.id)) - Number(front.includes(one.id)),
  )
  const shown = sorted.slice(0, limit)
  const known = MEASURES.filter(name => stories.some(({ measures }) => measures[name].value !== null))
  const unitOf = (name: MeasureName) => stories[0]!.measures[name].unit
  const columns: Column[] = [
    { header: 'story', shrinkTo: 14 },
    ...known.map((name): Column => ({ ...HEADS[name](unitOf(name)), align: 'right' })),
    { header: 'effort', align: 'right' },
    { header: 'confi-\ndence', name: 'confidence', align: 'right', drop: 4 },
  ]
  const rows = shown.flatMap(story => [
    [
      story.id,
      ...known.map(name => formatShort(name, story.measures[name].value)),
      story.effort.from === 'unknown' ? '?' : formatWork(story.effort.value!),
      formatShare(story.confidence.value, 0),
    ],
    [
      dim(`  ${story.status}`),
      ...known.map(name => dim(formatInterval(story.measures[name], value => formatShort(name, value)))),
      dim(formatInterval(story.effort, formatWork)),
      dim(formatInterval(story.confidence, value => formatShare(value, 0).replace('%', ''))),
    ],
  ])
  const rest = stories.length - shown.length
  const more =
    rest > 0 ? `\n${paint(style, 'dim', `and ${formatCount(rest)} more: --limit ${stories.length}`)}` : ''
  return `${renderTable(columns, rows, style)}${more}`
}

const HEADS: Record<MeasureName, (unit: string) => Column> = {
  customers: unit => ({ header: `${unit}\nhit`, name: `${unit} hit` }),
  money: unit => ({ header: unit.replace(' a month', '\na month'), name: unit, drop: 3 }),
  requests: () => ({ header: 'not good\na day', name: 'not good a day' }),
  tickets: () => ({ header: 'tickets', drop: 2 }),
  budget: () => ({ header: 'budget\nspent', name: 'budget spent', drop: 1 }),
}

function dim(text: string): Cell {
  return { text, paint: 'dim' }
}

/** In a table, where the sources have the number in full. */
function formatShort(name: MeasureName, value: number | null): string {
  if (value === null || name === 'budget' || value < 9950) return formatMeasure(name, value)
  return value < 999_500 ? `${formatCount(value / 1000)} k` : `${(value / 1e6).toFixed(1)} M`
}

function formatMeasure(name: MeasureName, value: number | null): string {
  if (value === null) return '?'
  if (name === 'budget') return value < 0.995 ? formatSpent(value) : formatTimes(value)
  return value > 0 && value < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : formatCount(value)
}

function formatInterval({ interval }: ShownNumber, format: (value: number) => string): string {
  return interval === null ? '' : `${format(interval[0])} to ${format(interval[1])}`
}

/** Only pairs that don’t follow from others; all of them are in the data. */
function renderRelation({ above, stories, pairs }: ShownNext, style: Style): string {
  if (pairs.all === 0) return ''
  const drawn = Map.groupBy(reduceTransitively(above), ({ a }) => a)
  const lines = [...drawn].map(([a, below]) =>
    wrap(style, plain(style, `${a} is above ${below.map(({ b }) => b).join(', ')}`), '  '),
  )
  const untold = [
    ...Map.groupBy(
      stories.filter(story => story.untold !== null),
      story => story.untold,
    ),
  ].map(([reason, some]) =>
    wrap(
      style,
      plain(
        style,
        `${some.map(({ id }) => id).join(', ')}: can’t be told apart from any other, since ${reason}`,
      ),
      '  ',
    ),
  )
  const open =
    pairs.open === 0
      ? []
      : [
          'All other pairs are open: by what is known, either could come first. That is no tie, and no order of its own.',
        ]
  const text = lines.length > 0 ? open : []
  return [
    ...lines,
    ...untold,
    ...text.map(line => paint(style, 'dim', wrap(style, plain(style, line)))),
  ].join('\n')
}

function renderStart({ start, beside, stories, unit }: ShownNext, style: Style): string {
  if (start === null)
    return wrap(
      style,
      'There is nothing to start: every cause is confirmed, and no fix is known to fit into that time.',
    )
  const what = `${start.confirm ? 'confirming the cause of' : start.kind === 'fix' ? 'the fix of' : 'an investigation of'} ${start.story}`
  const title = stories.find(({ id }) => id === start.story)!.title
  const who = unit === 'client' ? 'clients' : 'customers'
  const also = beside.map(({ story, effort_h, customers }) => {
    const more = customers === null ? '' : `, ${formatCount(customers)} more ${who}`
    return `  + ${story} (${formatWork(effort_h)}${more})`
  })
  return [
    wrap(style, `${paint(style, 'bold', `Start with ${plain(style, what)}`)}: ${plain(style, title)}`, '  '),
    wrap(style, plain(style, start.why)),
    ...(also.length === 0
      ? []
      : [`As well fits, ${who} who are shared being counted once:`, ...also.map(line => plain(style, line))]),
    ...start.commands.map(one => renderCommand(one, style)),
  ].join('\n')
}

function renderCommand({ command, what }: ShownCommand, style: Style): string {
  const note = what === null ? '' : ` (${what})`
  return paint(style, 'dim', wrap(style, plain(style, `→ ${command}${note}`), '  '))
}

function renderSources(next: ShownNext, id: string, style: Style): string {
  const { stories, formula, seed } = next
  const story = stories.find(one => one.id === id)
  if (story === undefined)
    return plain(style, `${id} has no figures here: it is not open, or its requests can’t be asked for.`)
  const lines = [
    ...MEASURES.map(name => describe(name, story.measures[name], value => formatMeasure(name, value))),
    describe('effort', story.effort, formatWork),
    describe('confidence', story.confidence, value => formatShare(value, 0)),
    describe('gain', story.gain, value => formatShare(value, 0)),
    ...(story.kept === null ? [] : [describe('kept', story.kept, value => formatShare(value, 0))]),
    `score ${describeScore(story, next)}`,
  ]
  const counted = MEASURES.filter(name => {
    const { from, interval } = story.measures[name]
    return from === 'measured' && interval !== null
  })
  return [
    paint(style, 'bold', `Where the figures of ${plain(style, id)} come from`),
    ...lines.map(line => `  ${wrap({ ...style, width: style.width - 2 }, plain(style, line), '      ')}`),
    ...(counted.length === 0
      ? []
      : [paint(style, 'dim', wrap(style, plain(style, explainRanges(counted, next)), '  '))]),
    paint(style, 'dim', wrap(style, plain(style, `Score: ${formula}. Seed ${seed}.`), '  ')),
  ].join('\n')
}

function describe(name: string, shown: ShownNumber, format: (value: number) => string): string {
  const { value, interval, unit, source } = shown
  if (value === null) return `${name} unknown: ${source}; drawn from what is known of other stories`
  const range = interval === null ? '' : ` (${formatInterval(shown, format)})`
  const measure = /^(?:h of work|customers|clients|tickets|chance)$/.test(unit) ? '' : ` ${unit}`
  return `${name} ${shown.from === 'unknown' ? 'perhaps ' : ''}${format(value)}${range}${measure}: ${source}`
}

/** The range of a count is not of this time and these customers, of whom the count is known. */
function explainRanges(counted: readonly MeasureName[], { unit }: ShownNext): string {
  const who = unit === 'customer' ? 'customers' : unit === 'client' ? 'clients' : 'blocks of time'
  return `Ranges of ${counted.join(', ')}: the figure itself is what was counted; the range, 95%, is what it might have been with other ${who} like these, more or fewer of them, so it may reach past all that there are now.`
}

function describeScore(
  { score: { value, interval }, untold }: ShownStory,
  { of, stories }: ShownNext,
): string {
  const format = (one: number) => Number(one.toPrecision(2)).toString()
  if (of !== null && stories.length === 1)
    return 'by itself says nothing: there is no other story to compare it with'
  const all = of === null ? '' : `, of ${of} for all stories together`
  if (interval === null) return `${format(value)}${all}; no interval${untold === null ? '' : `: ${untold}`}`
  return `${format(value)} (${interval.map(format).join(' to ')})${all}`
}
