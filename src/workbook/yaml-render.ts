/** Plain values and nodes → YAML text that fits at a place of a document. */
import { Document, isNode, Pair, Scalar, visit, YAMLMap, YAMLSeq } from 'yaml'

const OPTIONS = { lineWidth: 0, flowCollectionPadding: false, doubleQuotedMinMultiLineLength: 1e9 } as const

export interface Layout {
  /** Spaces before the line that the text is placed on. */
  indent: number
  /** `\n` or `\r\n`. */
  eol: string
  /** Texts of several lines in double quotes: not pretty, but right for each of them (`yaml` misreads its own block scalars for some). */
  quoted?: boolean
}

/** The layouts to try, the pretty one first. */
export function layoutsFor(value: unknown, layout: Layout): Layout[] {
  return hasLines(value) ? [layout, { ...layout, quoted: true }] : [layout]
}

function hasLines(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\n')
  if (typeof value !== 'object' || value === null || isNode(value)) return false
  return Object.values(value).some(hasLines) || Object.keys(value).some(hasLines)
}

/** `key: value` on as many lines as it takes, each ended. */
export function renderPair(key: string, value: unknown, layout: Layout): string {
  const doc = new Document({})
  const map = new YAMLMap(doc.schema)
  map.items.push(new Pair(toNode(doc, key, layout), toNode(doc, value, layout)))
  doc.contents = map as never
  return indentLines(doc.toString(OPTIONS), layout)
}

/** `- value` on as many lines as it takes, each ended. */
export function renderItem(value: unknown, layout: Layout): string {
  const doc = new Document([])
  const list = new YAMLSeq(doc.schema)
  list.items.push(toNode(doc, value, layout))
  doc.contents = list as never
  return indentLines(doc.toString(OPTIONS), layout)
}

/** What stands behind `key:` on its line, and the lines below it: `{head: '5', body: ''}`, `{head: '|-', body: '  text\n'}`, `{head: '', body: '  a: 1\n'}`. */
export function renderBehindKey(value: unknown, layout: Layout): { head: string; body: string } {
  const whole = renderPair('k', value, { ...layout, indent: layout.indent })
  const firstEnd = whole.indexOf(layout.eol)
  return {
    head: whole.slice(layout.indent + 2, firstEnd).trimStart(),
    body: whole.slice(firstEnd + layout.eol.length),
  }
}

/** One line, fit for a flow collection: `{a: 1}`, `[1, "x, y"]`, `plain`. */
export function renderFlow(value: unknown): string {
  const doc = new Document([value])
  const list = doc.contents as unknown as YAMLSeq
  list.flow = true
  const text = doc.toString({ ...OPTIONS, collectionStyle: 'flow' }).trimEnd()
  return text.slice(1, -1)
}

/** The ways to write a value inside a flow collection, on one line; JSON is always right. */
export function renderFlows(value: unknown): string[] {
  return [renderFlow(value), JSON.stringify(value)].filter(text => !text.includes('\n'))
}

/** The ways to write a plain value on one line, best first, in the style of the value that was there. */
export function renderScalars(value: unknown, style: Scalar.Type | undefined, inFlow: boolean): string[] {
  if (typeof value !== 'string') return renderFlows(value)
  const double = JSON.stringify(value)
  const isOneLine = !/[\n\r\u0085\u2028\u2029]/.test(value)
  const single = isOneLine ? [`'${value.replaceAll("'", "''")}'`] : []
  if (style === Scalar.QUOTE_DOUBLE) return [double]
  if (style === Scalar.QUOTE_SINGLE) return [...single, double]
  const bare = inFlow ? renderFlow(value) : renderBehindKey(value, { indent: 0, eol: '\n' }).head
  return isOneLine ? [bare, double, ...single] : [double]
}

function toNode(doc: Document, value: unknown, layout: Layout): unknown {
  if (isNode(value)) return value
  const node = doc.createNode(value)
  if (layout.quoted) {
    visit(node as never, {
      Scalar(_, scalar) {
        if (typeof scalar.value === 'string' && scalar.value.includes('\n')) scalar.type = Scalar.QUOTE_DOUBLE
      },
    })
  }
  return node
}

function indentLines(text: string, layout: Layout): string {
  const lines = text.replace(/\n$/, '').split('\n')
  const pad = ' '.repeat(layout.indent)
  return lines.map(line => (line === '' ? '' : pad + line) + layout.eol).join('')
}
