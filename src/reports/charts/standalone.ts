/** Charts as one picture, for a file or a ticket: its colours and its words are inside of it, light or dark as the reader's screen is. */
import { escapeMarkup, escapeTerminal } from '../escape.js'
import { LETTER, LINE } from './axes.js'
import type { Chart } from './chart.js'
import { standaloneStyles } from './chart-styles.js'
import { WIDTH } from './draw-chart.js'
import { shorten } from './rows.js'

const PADDING = 14
const MOST_LETTERS = { heading: 66, subheading: 84 }
const MOST_LINES = 6

/** Below each other, each between its title and what it says; `title` stands over all. No charts: empty text. */
export function standaloneSvg(charts: readonly Chart[], title: string): string {
  if (charts.length === 0) return ''
  const parts: string[] = []
  let y = PADDING
  const write = (className: string, text: string, height: number) => {
    y += height
    parts.push(
      `<text class="${className}" text-anchor="start" x="${PADDING}" y="${y}">${escapeMarkup(text)}</text>`,
    )
  }
  write('heading', shorten(title, MOST_LETTERS.heading), LINE)
  for (const { title: name, description, svg } of charts) {
    write('subheading', shorten(name, MOST_LETTERS.subheading), 2 * LINE)
    y += 10
    parts.push(svg.replace(/^<svg [^>]*? class=/, `<svg x="${PADDING}" y="${y}" class=`))
    y += heightOf(svg)
    for (const line of wrapWords(description)) write('words', line, LINE + 2)
    y += LINE
  }
  const [width, height] = [WIDTH + 2 * PADDING, y + PADDING]
  const said = charts.map(({ title, description }) => `${title}: ${description}`).join(' ')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" class="chart" role="img">
<title>${escapeMarkup(title)}</title>
<desc>${escapeMarkup(said)}</desc>
<style>${standaloneStyles()}</style>
<rect class="page" fill="#fff" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`
}

function heightOf(svg: string): number {
  return Number(/viewBox="0 0 [\d.]+ ([\d.]+)"/.exec(svg)![1])
}

/** Lines that have room; words that are longer are cut. */
function wrapWords(text: string): string[] {
  const most = Math.floor(WIDTH / LETTER)
  const lines: string[] = []
  for (const word of escapeTerminal(text)
    .split(' ')
    .map(word => shorten(word, most))) {
    const last = lines.at(-1)
    if (last !== undefined && [...last].length + 1 + [...word].length <= most)
      lines.splice(-1, 1, `${last} ${word}`)
    else lines.push(word)
  }
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 1), '…']
}
