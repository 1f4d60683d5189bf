/** The distribution as a picture for tickets: SVG 1.1 in one file, without scripts, that says what it shows also when it is read out. */
import type { Look } from '../evidence/look.js'
import { formatCount, formatDuration, formatShare } from '../units.js'
import { escapeMarkup } from './escape.js'
import { countInTime, mergeBuckets } from './ticket-chart.js'

const WIDTH = 900
const HEIGHT = 380
const PLOT = { left: 64, right: 24, top: 64, bottom: 72 }
const MOST_BARS = 40
/** Labels below the bars that have room side by side. */
const MOST_LABELS = 10

type Drawn = Pick<Look, 'histogram' | 'modes' | 'under_ms' | 'measuredUnder'>

/** Bars on a log scale of time, each as high as its share of the requests; what is under the target has another colour. Empty text when nothing was measured. */
export function renderChartSvg(look: Drawn, title: string): string {
  const ranges = mergeBuckets(look.histogram, MOST_BARS)
  const total = ranges.reduce((sum, range) => sum + range.count, 0)
  if (total === 0) return ''
  const inTime = countInTime(ranges, look, total)
  const top = Math.max(...ranges.map(range => range.count))
  const width = (WIDTH - PLOT.left - PLOT.right) / ranges.length
  const bottom = HEIGHT - PLOT.bottom
  const heightOf = (count: number) => (count / top) * (bottom - PLOT.top)
  const bars = ranges.map((range, i) => {
    const x = PLOT.left + i * width
    const good = heightOf(inTime[i]!)
    const all = range.count === 0 ? 0 : Math.max(1, heightOf(range.count))
    const hint = `${formatDuration(range.from_ms)} to ${formatDuration(range.to_ms)}: ${formatShare(range.count / total)} of requests`
    return `<g><title>${escapeMarkup(hint)}</title>${drawRect('late', x, bottom - all, width, all - good)}${drawRect('good', x, bottom - good, width, good)}</g>`
  })
  const every = Math.ceil(ranges.length / MOST_LABELS)
  const labels = ranges.flatMap(({ from_ms }, i) =>
    i % every === 0 ? [drawText('quiet', PLOT.left + i * width, bottom + 18, formatDuration(from_ms))] : [],
  )
  const target = formatDuration(look.under_ms)
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escapeMarkup(`Response times: ${title}`)}</title>`,
    `<desc id="description">${escapeMarkup(describeChart(look, total))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    drawText('title', PLOT.left, 28, shorten(title)),
    drawText('quiet', PLOT.left, 48, `Response times of ${formatCount(total)} requests, on a log scale`),
    drawText('quiet', 8, PLOT.top + 10, formatShare(top / total)),
    ...bars,
    `<path class="axis" d="M${PLOT.left} ${bottom}H${WIDTH - PLOT.right}"/>`,
    ...labels,
    drawKey('good', PLOT.left, `under the target of ${target}`),
    drawKey('late', PLOT.left + 320, `${target} or longer`),
    '</svg>',
  ]
  return `${lines.join('\n')}\n`
}

function describeChart({ modes, under_ms, measuredUnder }: Drawn, total: number): string {
  const peaks = modes.map(mode => `${formatDuration(mode.ms)} (${formatShare(mode.share)} of requests)`)
  const where = peaks.length === 0 ? '' : ` Peaks: ${peaks.join(', ')}.`
  const share = measuredUnder === null ? '' : ` ${formatShare(measuredUnder)} took`
  return `${formatCount(total)} requests.${share === '' ? '' : `${share} less than ${formatDuration(under_ms)}.`}${where}`
}

function drawRect(colour: string, x: number, y: number, width: number, height: number): string {
  if (height <= 0) return ''
  return `<rect class="${colour}" x="${round(x + 1)}" y="${round(y)}" width="${round(width - 2)}" height="${round(height)}"/>`
}

function drawText(look: string, x: number, y: number, text: string): string {
  return `<text class="${look}" x="${round(x)}" y="${round(y)}">${escapeMarkup(text)}</text>`
}

function drawKey(colour: string, x: number, text: string): string {
  const y = HEIGHT - 24
  return drawRect(colour, x, y - 11, 16, 12) + drawText('quiet', x + 22, y, text)
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** As much as has room above the bars. */
function shorten(title: string): string {
  const letters = [...title]
  return letters.length <= 90 ? title : `${letters.slice(0, 89).join('')}…`
}

const STYLE = [
  'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1b1b1f}',
  '.title{font-size:16px;font-weight:600}.quiet{fill:#55555e}',
  '.page{fill:#fff}.good{fill:#5b9bd5}.late{fill:#e07b39}.axis{stroke:#55555e;fill:none}',
].join('')
