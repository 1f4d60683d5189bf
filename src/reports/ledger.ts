/** Promises and what came of them as text: a row for each outcome, and a strip with the interval of each kind of fix. */
import { type Ledger, newestOfEach, type PooledPromises } from '../stories/ledger.js'
import { formatPoints } from '../units.js'
import { formatPart } from './promise-words.js'
import { fitCharset, paint, plain, type Style, truncate, widthOf, wrap } from './style.js'
import { type Cell, type Column, renderTable } from './table.js'
import { formatDay } from './times.js'

const COLUMNS: Column[] = [
  { header: 'story', shrinkTo: 16 },
  { header: 'fix', shrinkTo: 12, drop: 1 },
  { header: 'kind' },
  { header: 'promised', align: 'right' },
  { header: 'came', align: 'right' },
  { header: 'kept', align: 'right' },
  { header: '95%\ninterval', name: 'its interval', align: 'right', drop: 3 },
  { header: 'measured', drop: 2 },
]
/** Where one didn't. */
const LASTED: Column = { header: 'lasted\nuntil', name: 'until when it lasted' }

export function renderLedger({ entries, kinds, all, decayed }: Ledger, style: Style): string {
  if (entries.length === 0) return wrap(style, plain(style, EMPTY)) + STEPS
  const rows = entries.map((entry): Cell[] => [
    entry.story,
    entry.fix ?? '–',
    entry.kind ?? '–',
    formatPoints(entry.promised),
    formatPoints(entry.came),
    formatPart(entry.kept),
    entry.interval === null ? '–' : entry.interval.map(formatPart).join(' to '),
    formatDay(entry.at),
    ...(decayed > 0 ? [entry.lastedUntil ?? '–'] : []),
  ])
  const reading = newestOfEach(entries).length < entries.length ? `${READING} ${MEASURED_AGAIN}` : READING
  const parts = [
    renderTable(decayed > 0 ? [...COLUMNS, LASTED] : COLUMNS, rows, style),
    decayed > 0 ? wrap(style, plain(style, describeDecayed(decayed, entries.length))) : '',
    renderStrips(kinds, all, style),
    paint(style, 'dim', wrap(style, plain(style, reading))),
  ]
  return fitCharset(style, parts.filter(part => part !== '').join('\n\n'))
}

const EMPTY =
  'The ledger is empty: it has an entry for each closed story whose fix was predicted before it was deployed, and measured after it.'
const STEPS = `
  whyslow whatif STORY                      says what a change would buy, and writes it into the story
  whyslow story set STORY --fix "…" --kind cache --prediction p1 --deployed TIME
  whyslow story close STORY --measure       measures what came, beside what was promised`

const READING =
  'Kept: what came as a part of what was promised, in percentage points of good requests; 100% is all of it. Of a kind it is the mean over its stories (random effects), and the interval, which is of 95%, is that of the mean: a single promise may miss by more.'

const MEASURED_AGAIN = 'Of a promise that was measured again the newest counts.'

/** What was kept stays in the means: a promise says what a fix brings, not for how long. */
function describeDecayed(decayed: number, count: number): string {
  const fixes = count === 1 ? '1 fix' : `${count} fixes`
  return `${decayed} of ${fixes} didn’t last: what is kept is as it was measured before that.`
}

const NAME = { least: 4, most: 16 }
const BAR = { least: 16, most: 40 }
/** What stands beside a strip, on one line where there is room. */
const WORDS = 66

/** One line for each kind: its interval on the axis of all, and what that makes of 10 points. */
function renderStrips(kinds: Ledger['kinds'], all: PooledPromises | null, style: Style): string {
  const rows = [
    ...kinds.map(one => ({ name: one.kind ?? 'no kind', ...one })),
    ...(all === null || kinds.length < 2 ? [] : [{ name: 'all', ...all }]),
  ]
  if (rows.length === 0) return ''
  const width = Math.min(
    NAME.most,
    Math.max(NAME.least, ...rows.map(({ name }) => widthOf(plain(style, name)))),
  )
  const room = Math.min(BAR.most, Math.max(BAR.least, style.width - WORDS - width - 4))
  const axis = makeAxis(rows, room)
  const indent = ' '.repeat(width + room + 4)
  const narrower = { ...style, width: Math.max(20, style.width - indent.length) }
  const lines = rows.map(row => {
    const shown = truncate(style, plain(style, row.name), width)
    const name = shown + ' '.repeat(width - widthOf(shown))
    const [first = '', ...rest] = wrap(narrower, plain(style, describePool(row))).split('\n')
    return [`${name}  ${drawStrip(row, axis, style)}  ${first}`, ...rest.map(line => indent + line)].join(
      '\n',
    )
  })
  return [...lines, `${' '.repeat(width + 2)}${paint(style, 'dim', labelAxis(axis))}`].join('\n')
}

/** `of 10 pp promised, 7.2 pp came (95%: 5.5 to 9.0 pp; 4 stories)`. */
function describePool({ stories, kept, interval }: PooledPromises): string {
  const points = (part: number) => formatPoints(part * 0.1).replace(/^\+| pp$/g, '')
  const count = stories === 1 ? '1 story' : `${stories} stories`
  const range =
    interval === null ? 'too few for an interval' : `95%: ${points(interval[0])} to ${points(interval[1])} pp`
  return `of 10 pp promised, ${points(kept)} pp came (${range}; ${count})`
}

interface Axis {
  width: number
  at: (part: number) => number
  /** The parts at its ends. */
  low: number
  high: number
}

/** Beyond this an interval runs out of the strip, and ends in an arrow. */
const FURTHEST = { low: -1, high: 3 }

function makeAxis(rows: readonly PooledPromises[], width: number): Axis {
  const ends = rows.flatMap(({ kept, interval }) => [kept, ...(interval ?? [])])
  const low = Math.max(FURTHEST.low, Math.min(0, ...ends))
  const high = Math.min(FURTHEST.high, Math.max(1.25, ...ends))
  return { width, low, high, at: part => Math.round(((part - low) / (high - low)) * (width - 1)) }
}

function drawStrip({ kept, interval }: PooledPromises, { width, at }: Axis, style: Style): string {
  const marks = style.unicode
    ? { line: '─', dot: '●', all: '│', left: '◀', right: '▶' }
    : { line: '-', dot: 'o', all: '|', left: '<', right: '>' }
  const [low, high] = (interval ?? [kept, kept]).map(at) as [number, number]
  const cells = Array.from({ length: width }, (_, i) => {
    if (i === Math.min(width - 1, Math.max(0, at(kept)))) return paint(style, 'bold', marks.dot)
    if (i === 0 && low < 0) return marks.left
    if (i === width - 1 && high >= width) return marks.right
    if (i >= low && i <= high) return marks.line
    return i === at(1) ? paint(style, 'dim', marks.all) : ' '
  })
  return cells.join('')
}

/** 0% and 100% where they are. */
function labelAxis({ width, at }: Axis): string {
  const put = (text: string, label: string, place: number) => {
    const start = Math.max(0, Math.min(width - label.length, place - Math.floor(label.length / 2)))
    return start < text.length && text !== '' ? text : text.padEnd(start) + label
  }
  return put(put('', '0%', at(0)), '100%', at(1))
}
