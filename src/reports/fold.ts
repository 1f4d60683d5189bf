/** For a screen that draws each line by itself and cuts it at its edge: what is too long goes on below, within its word where it has to. */
import { widthOf } from './style.js'

const SGR = /\u001b\[([\d;]*)m/
const SEGMENTER = new Intl.Segmenter()

/** Lines of at most `width` columns. Each closes its colours and opens those that go on from the line above. */
export function foldLines(text: string, width: number): string[] {
  const folded: string[] = []
  let colours: readonly string[] = []
  for (const line of text.split('\n')) {
    let current = open(colours)
    let used = 0
    const fits = widthOf(line) <= width
    for (const [i, part] of line.split(SGR).entries()) {
      if (i % 2 === 1) {
        colours = addCodes(colours, part)
        current += `\u001b[${part}m`
        continue
      }
      if (fits) {
        current += part
        continue
      }
      for (const { segment } of SEGMENTER.segment(part)) {
        const columns = widthOf(segment)
        if (used + columns > width && used > 0) {
          folded.push(current + close(colours))
          current = open(colours)
          used = 0
        }
        current += segment
        used += columns
      }
    }
    folded.push(current + close(colours))
  }
  return folded
}

function open(colours: readonly string[]): string {
  return colours.map(code => `\u001b[${code}m`).join('')
}

function close(colours: readonly string[]): string {
  return colours.length === 0 ? '' : '\u001b[0m'
}

function addCodes(colours: readonly string[], codes: string): readonly string[] {
  let open = [...colours]
  for (const code of codes.split(';')) {
    if (code === '' || code === '0') open = []
    else if (CLOSERS.has(code)) open = open.filter(other => closerOf(other) !== code)
    else open.push(code)
  }
  return open
}

const CLOSERS = new Set(['22', '27', '39', '49'])

/** Of the few that `style.ts` and flame graphs use. */
function closerOf(code: string): string {
  if (code === '1' || code === '2') return '22'
  if (code === '7') return '27'
  return /^(?:3|9)\d$/.test(code) ? '39' : '49'
}
