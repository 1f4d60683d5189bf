/** A chart as plain markup: Plot draws it, and what is written keeps neither its styles nor its ids, so that a page with a strict policy can hold it. */
import type { PlotOptions } from '@observablehq/plot'
import { escapeMarkup } from '../escape.js'
import type { Chart } from './chart.js'
import { parseHTML, plot } from './plot.js'

/** Of every chart, so that they stand below each other in line. */
export const WIDTH = 720

export type ChartWords = Omit<Chart, 'svg'>

/** Text of the marks may be hostile. Looks are classes, see `chart-styles.ts`. */
export function drawChart(words: ChartWords, options: PlotOptions & { height: number }): Chart {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const drawn = plot({ ...options, width: WIDTH, document: document as never }) as unknown as DrawnNode
  const size = `viewBox="0 0 ${WIDTH} ${options.height}" width="${WIDTH}" height="${options.height}"`
  const marks = drawn.childNodes.map(writeNode).join('')
  const said = `<title>${escapeMarkup(words.title)}</title><desc>${escapeMarkup(words.description)}</desc>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" ${size} fill="currentColor" text-anchor="middle">${said}${marks}</svg>`
  return { ...words, svg }
}

/** What is read of a node of the document. */
interface DrawnNode {
  nodeType: number
  localName: string
  textContent: string
  attributes: { name: string; value: string }[]
  childNodes: DrawnNode[]
}

const ELEMENT = 1
const TEXT = 3
/** Labels for screen readers, which read the title and the description instead; and what Plot styles. */
const LEFT_OUT = /^(?:style|id|aria-.*|font-.*)$/

function writeNode(node: DrawnNode): string {
  if (node.nodeType === TEXT) return escapeMarkup(node.textContent)
  if (node.nodeType !== ELEMENT || node.localName === 'style') return ''
  const { localName: name } = node
  const content = [...node.childNodes].map(writeNode).join('')
  if (content === '' && (name === 'text' || name === 'g')) return ''
  const attributes = [...node.attributes]
    .filter(attribute => !LEFT_OUT.test(attribute.name))
    .map(attribute => ` ${attribute.name}="${escapeMarkup(roundNumbers(attribute.value))}"`)
  return content === ''
    ? `<${name}${attributes.join('')}/>`
    : `<${name}${attributes.join('')}>${content}</${name}>`
}

/** A tenth of a pixel is less than anyone sees. */
function roundNumbers(value: string): string {
  return value.replace(/-?\d+\.\d+(?:e-?\d+)?/g, number => String(Math.round(Number(number) * 10) / 10))
}
