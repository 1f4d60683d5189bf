import { isDeepStrictEqual } from 'node:util'
import { type Document, isNode, isSeq, parseDocument, visit } from 'yaml'
import { WhyslowError } from '../errors.js'
import { applyEdit, valueAt, type YamlEdit } from './yaml-edits.js'
import { placeNewItems, placeNewPair, removeEntry } from './yaml-entries.js'
import { readYaml, type YamlSource } from './yaml-file.js'
import { findSpot, placeValue } from './yaml-place.js'
import { renderFlow } from './yaml-render.js'
import { lineBreakOf } from './yaml-text.js'

/**
 * Changes values in a YAML text that people edit too. Only the text of these values changes: comments, order, quoting
 * and alignment of everything else survive. Each edit sees the text that the ones before it made.
 *
 * The new text is read again and its whole value compared with what was meant. Where a splice doesn't hold (anchors,
 * tags, keys written with `?`), the smallest node around it that does is written anew; if none does, it throws.
 */
export function spliceYaml(
  text: string,
  edits: readonly YamlEdit[],
  source: YamlSource = { file: 'YAML' },
): string {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  return mark + edits.reduce((before, edit) => spliceOne(before, edit, source), text.slice(mark.length))
}

function spliceOne(text: string, wanted: YamlEdit, source: YamlSource): string {
  const { doc, value } = readYaml(text, source)
  const applied = applyEdit(value, wanted)
  if (!applied) return text
  for (const candidate of proposeTexts(text, doc, applied)) {
    if (readsAs(candidate, applied.value)) return candidate
  }
  const where = wanted.path.join('.') || 'the whole file'
  throw new WhyslowError(
    `Could not change “${where}” in ${source.file} without changing something else. Nothing was written.`,
    {
      place: { file: source.file },
      next: ['change it by hand, or write that part of the file more plainly (without anchors and tags)'],
    },
  )
}

function readsAs(text: string, expected: unknown): boolean {
  try {
    return isDeepStrictEqual(readYaml(text, { file: '' }).value, expected)
  } catch {
    return false
  }
}

function* proposeTexts(
  text: string,
  doc: Document.Parsed,
  after: { value: unknown; edit: YamlEdit },
): Generator<string> {
  yield* splices(text, doc, after.edit)
  yield* rewrites(text, doc, after)
  // A value with an anchor can change alone only when what refers to it becomes a copy.
  const copied = expandAliases(text, doc)
  if (copied === text) return
  yield* splices(copied, readYaml(copied, { file: '' }).doc, after.edit)
}

function splices(text: string, doc: Document.Parsed, edit: YamlEdit): string[] {
  if ('delete' in edit) return removeEntry(text, doc, edit.path)
  const spot = findSpot(doc, edit.path)
  if ('insert' in edit) return spot ? placeNewItems(text, spot, edit.at ?? 0, edit.insert) : []
  if (spot) return placeValue(text, spot, edit.value)
  const parent = findSpot(doc, edit.path.slice(0, -1))
  const key = edit.path.at(-1)
  return parent && key !== undefined ? placeNewPair(text, parent, String(key), edit.value) : []
}

/** Writes the containers of the changed value anew, from the inside out; with their comments where that works. */
function* rewrites(
  text: string,
  doc: Document.Parsed,
  after: { value: unknown; edit: YamlEdit },
): Generator<string> {
  const { edit, value } = after
  const changed = changeDocument(text, edit)
  for (let depth = edit.path.length; depth > 0; depth -= 1) {
    const path = edit.path.slice(0, depth)
    const spot = findSpot(doc, path)
    if (!spot) continue
    const node = changed?.getIn(path, true)
    if (isNode(node)) yield* attempt(() => placeValue(text, spot, node))
    yield* attempt(() => placeValue(text, spot, valueAt(value, path)))
  }
  if (changed) yield* attempt(() => [changed.toString({ lineWidth: 0 }).replaceAll('\n', lineBreakOf(text))])
}

/** An alias out of its document can't be written: then that way is no way. */
function attempt(write: () => string[]): string[] {
  try {
    return write()
  } catch {
    return []
  }
}

function expandAliases(text: string, doc: Document.Parsed): string {
  const aliases: { start: number; end: number; copy: string }[] = []
  visit(doc, {
    Alias(_, node) {
      if (node.range)
        aliases.push({ start: node.range[0], end: node.range[1], copy: renderFlow(node.toJS(doc)) })
    },
  })
  return aliases.reduceRight((all, { start, end, copy }) => all.slice(0, start) + copy + all.slice(end), text)
}

function changeDocument(text: string, edit: YamlEdit): Document.Parsed | undefined {
  const doc = parseDocument(text, { stringKeys: true })
  try {
    if ('delete' in edit) {
      doc.deleteIn(edit.path)
    } else if ('insert' in edit) {
      const list = doc.getIn(edit.path, true)
      if (!isSeq(list)) return undefined
      list.items.splice(edit.at ?? 0, 0, ...edit.insert.map(entry => doc.createNode(entry)))
    } else {
      doc.setIn(edit.path, doc.createNode(edit.value))
    }
    return doc
  } catch {
    return undefined
  }
}
