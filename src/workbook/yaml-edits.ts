/** Changes to a plain value, named by path: what a splice has to write, and what the text has to read as afterwards. */
import { isDeepStrictEqual } from 'node:util'
import type { YamlPath } from './yaml-nodes.js'

export type YamlEdit =
  /** Replaces a value, or adds it; mappings on the way are made. */
  | { path: YamlPath; value: unknown }
  /** Adds entries to a list, at its end unless `at` says where; a list that isn't there is made. */
  | { path: YamlPath; insert: unknown[]; at?: number }
  | { path: YamlPath; delete: true }

type Mapping = Record<string, unknown>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as YAML can hold it: keys that are `undefined` left out. */
export function toPlainValue(value: unknown): unknown {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map(toPlainValue)
  if (!isMapping(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(kept.map(([key, inner]) => [key, toPlainValue(inner)]))
}

/**
 * The value after an edit, and the same edit as it applies to this value: a list that has to be made, or a mapping on
 * the way, becomes the setting of the first thing that is missing. Null when the edit changes nothing.
 */
export function applyEdit(value: unknown, edit: YamlEdit): { value: unknown; edit: YamlEdit } | null {
  const simple = simplifyEdit(value, edit)
  if (!simple) return null
  const after = change(value, simple.path, simple)
  return isDeepStrictEqual(after, value) ? null : { value: after, edit: simple }
}

function simplifyEdit(value: unknown, edit: YamlEdit): YamlEdit | null {
  const depth = existingDepth(value, edit.path)
  if ('delete' in edit) return depth === edit.path.length ? edit : null
  if (depth < edit.path.length) {
    const inner = toPlainValue('insert' in edit ? edit.insert : edit.value)
    const missing = edit.path.slice(depth + 1)
    const made = missing.reduceRight<unknown>((below, step) => ({ [step]: below }), inner)
    const parent = valueAt(value, edit.path.slice(0, depth))
    if (isMapping(parent) || Array.isArray(parent))
      return { path: edit.path.slice(0, depth + 1), value: made }
    return { path: edit.path.slice(0, depth), value: { [edit.path[depth]!]: made } }
  }
  if ('value' in edit) return { path: edit.path, value: toPlainValue(edit.value) }
  const list = valueAt(value, edit.path)
  if (!Array.isArray(list)) return { path: edit.path, value: toPlainValue(edit.insert) }
  return {
    path: edit.path,
    insert: edit.insert.map(toPlainValue),
    at: Math.min(edit.at ?? list.length, list.length),
  }
}

/** How many steps of a path are there. */
function existingDepth(value: unknown, path: YamlPath): number {
  let at = value
  for (const [depth, step] of path.entries()) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return depth
    at = (at as Mapping)[step]
  }
  return path.length
}

export function valueAt(value: unknown, path: YamlPath): unknown {
  return path.reduce<unknown>((at, step) => (at as Mapping | undefined)?.[step], value)
}

function change(value: unknown, path: YamlPath, edit: YamlEdit): unknown {
  const [step, ...rest] = path
  if (step === undefined) {
    if ('value' in edit) return edit.value
    if ('insert' in edit) return (value as unknown[]).toSpliced(edit.at ?? 0, 0, ...edit.insert)
    return null
  }
  const deletesHere = rest.length === 0 && 'delete' in edit
  if (Array.isArray(value)) {
    const index = Number(step)
    return deletesHere
      ? value.toSpliced(index, 1)
      : value.toSpliced(index, 1, change(value[index], rest, edit))
  }
  const mapping = isMapping(value) ? value : {}
  if (deletesHere) return Object.fromEntries(Object.entries(mapping).filter(([key]) => key !== String(step)))
  return { ...mapping, [step]: change(mapping[step], rest, edit) }
}

/**
 * The smallest edits that make `before` into `after`, in the order in which they have to be applied.
 * Entries of a list are told apart by their `id`, or by themselves when they are plain values.
 */
export function diffValues(before: unknown, after: unknown, path: YamlPath = []): YamlEdit[] {
  const next = toPlainValue(after)
  if (isDeepStrictEqual(before, next)) return []
  if (isMapping(before) && isMapping(next)) return diffMappings(before, next, path)
  if (Array.isArray(before) && Array.isArray(next)) return diffLists(before, next, path)
  return [{ path, value: next }]
}

function diffMappings(before: Mapping, after: Mapping, path: YamlPath): YamlEdit[] {
  const removed = Object.keys(before).filter(key => !Object.hasOwn(after, key))
  return [
    ...removed.map((key): YamlEdit => ({ path: [...path, key], delete: true })),
    ...Object.entries(after).flatMap(([key, value]): YamlEdit[] =>
      Object.hasOwn(before, key)
        ? diffValues(before[key], value, [...path, key])
        : [{ path: [...path, key], value }],
    ),
  ]
}

function diffLists(before: unknown[], after: unknown[], path: YamlPath): YamlEdit[] {
  if (before.length === 0 || after.length === 0) return [{ path, value: after }]
  const oldNames = before.map(nameOf)
  const newNames = after.map(nameOf)
  const kept = oldNames.filter(name => newNames.includes(name))
  const keptInOrder = newNames.filter(name => oldNames.includes(name))
  const haveNames = isUnique(oldNames) && isUnique(newNames)
  if (!haveNames || kept.length === 0 || !isDeepStrictEqual(kept, keptInOrder))
    return [{ path, value: after }]
  const edits: YamlEdit[] = []
  for (const [index, name] of [...oldNames.entries()].reverse()) {
    if (!newNames.includes(name)) edits.push({ path: [...path, index], delete: true })
  }
  for (const [index, name] of newNames.entries()) {
    const old = oldNames.indexOf(name)
    if (old < 0) edits.push({ path, insert: [after[index]], at: index })
    else edits.push(...diffValues(before[old], after[index], [...path, index]))
  }
  return edits
}

function nameOf(entry: unknown): string {
  if (isMapping(entry) && typeof entry.id === 'string') return `id ${entry.id}`
  return `value ${JSON.stringify(entry)}`
}

function isUnique(names: string[]): boolean {
  return new Set(names).size === names.length
}
