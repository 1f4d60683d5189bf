/**
 * Which members the records of a log have, and where each is kept. Members of “open” objects are known by themselves, by dotted name;
 * other objects and lists stay texts of JSON. What the sample didn't show goes to `more`, so that nothing is lost.
 */
import { sqlName, sqlText } from '../../store/engine.js'
import { isRecord } from '../parse-json.js'

/** From the record to a member. */
export type Path = readonly string[]

const MOST_NAMES = 500
const MOST_SHAPES = 8

interface Member {
  path: Path
  /** Its name among the attributes. */
  name: string
  /** SQL of its value, as text unless declared otherwise. */
  sql: string
  /** Whether the engine can keep it apart by its name. */
  isPlain: boolean
}

export interface JsonShape {
  members: Member[]
  /** SQL of a member's value; NULL for one that isn't known. */
  at(path: Path): string
  /** What `json` becomes in the engine, as SQL. */
  transform: string
  /**
   * A record whose members have these types, and `record` made of the columns that the engine tells from it: so it reads each line once, and
   * fails at a name that isn't there. Null when there are names that it can't tell apart.
   */
  strict: { template: string; record: string } | null
  /** SQL of the names at hand, and over it (called `keys`): whether all of them are known. */
  keys: string
  keysKnown: string
  /** What has no place of its own, by name; null for nothing. */
  rest(record: Record<string, unknown>): Record<string, unknown> | null
}

export interface ShapeOptions {
  /** Objects whose members are known by themselves. */
  open: readonly Path[]
  /** Members that are there whether the sample shows them or not. */
  declared: readonly Path[]
  /** Members that aren't read as text. */
  types?: ReadonlyMap<Path, 'VARCHAR' | 'DOUBLE' | 'BIGINT'>
}

export const keyOf = (path: Path) => JSON.stringify(path)

export function memberOf(record: unknown, path: Path): unknown {
  let value = record
  for (const name of path) {
    if (!isRecord(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

export function learnShape(records: Record<string, unknown>[], options: ShapeOptions): JsonShape {
  const opened: Path[] = [[], ...options.open]
  const isOpen = new Set(opened.map(keyOf))
  const paths = new Map<string, Path>(options.declared.map(path => [keyOf(path), path]))
  const most = paths.size + MOST_NAMES
  for (const record of records) {
    for (const parent of opened) {
      const object = memberOf(record, parent)
      if (!isRecord(object)) continue
      for (const name of Object.keys(object)) {
        const path = [...parent, name]
        const key = keyOf(path)
        if (!paths.has(key) && !isOpen.has(key) && paths.size < most) paths.set(key, path)
      }
    }
  }
  const types = new Map([...(options.types ?? [])].map(([path, type]) => [keyOf(path), type]))
  const tree = new Tree()
  const names = new Set(['more'])
  const members = [...paths.values()].map((path): Member => {
    const isPlain = tree.add(path, types.get(keyOf(path)) ?? 'VARCHAR')
    const sql = isPlain
      ? `record.${path.map(sqlName).join('.')}`
      : `json_extract_string(json, ${sqlText(pointerTo(path))})`
    return { path, name: freeName(path, names), sql, isPlain }
  })
  const byKey = new Map(members.map(member => [keyOf(member.path), member]))
  const known = opened.map(parent => [
    ...new Set(
      [...paths.values(), ...options.open]
        .filter(path => path.length > parent.length && parent.every((name, i) => path[i] === name))
        .map(path => path[parent.length]!),
    ),
  ])
  return {
    members,
    at: path => byKey.get(keyOf(path))?.sql ?? 'NULL::VARCHAR',
    strict: members.every(member => member.isPlain)
      ? {
          template: JSON.stringify(tree, (_, value) => TEMPLATE_VALUES[value as string] ?? value),
          record: `struct_pack(${tree
            .names()
            .map(name => `${sqlName(name)} := ${sqlName(name)}`)
            .join(', ')})`,
        }
      : null,
    transform: `json_transform(json, ${sqlText(JSON.stringify(tree))})`,
    keys: `json_keys(json, [${opened.map(path => sqlText(`$${path.map(name => `."${name}"`).join('')}`)).join(', ')}])`,
    keysKnown: keysKnown(known, findShapes(records, opened, known)),
    rest: record => findRest(record, opened, known, isOpen),
  }
}

/** From these the engine tells these types; none of them is a time of a request. */
const TEMPLATE_VALUES: Record<string, unknown> = { VARCHAR: 'null', DOUBLE: 0.5, BIGINT: 1 }

/** Names and types, nested as the records are. */
class Tree {
  private readonly members = new Map<string, Tree | string>()
  private readonly lowerCase = new Set<string>()

  /** False for a name that the engine can't keep apart from another one, or can't have. */
  add([name = '', ...rest]: Path, type: string): boolean {
    let member = this.members.get(name)
    if (member === undefined) {
      if (name === '' || name.includes('\0') || this.lowerCase.has(name.toLowerCase())) return false
      this.lowerCase.add(name.toLowerCase())
      member = rest.length === 0 ? type : new Tree()
      this.members.set(name, member)
    }
    return rest.length === 0 ? true : member instanceof Tree && member.add(rest, type)
  }

  names(): string[] {
    return [...this.members.keys()]
  }

  toJSON(): unknown {
    return Object.fromEntries(this.members)
  }
}

function freeName(path: Path, taken: Set<string>): string {
  const base = path.join('.').replaceAll('\0', '') || 'unnamed'
  let name = base
  for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${base}_${n}`
  taken.add(name.toLowerCase())
  return name
}

/** RFC 6901. */
export function pointerTo(path: Path): string {
  return path.map(name => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The commonest combinations of names, so that most records are known by one comparison. */
function findShapes(records: Record<string, unknown>[], opened: Path[], known: string[][]): string[] {
  const counts = new Map<string, number>()
  for (const record of records) {
    const lists = opened.map((path, i) => {
      const object = memberOf(record, path)
      if (object === undefined) return 'NULL'
      const names = isRecord(object) ? Object.keys(object) : []
      return names.length > 0 && names.every(name => known[i]!.includes(name)) ? listSql(names) : null
    })
    if (lists.includes(null)) continue
    const shape = `[${lists.join(', ')}]`
    counts.set(shape, (counts.get(shape) ?? 0) + 1)
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_SHAPES)
    .map(([shape]) => shape)
}

function listSql(names: readonly string[]): string {
  return `[${names.map(sqlText).join(', ')}]::VARCHAR[]`
}

/** An open object that isn't there has no list of names; one that is something else has an empty one, and would be lost. */
function keysKnown(known: string[][], shapes: string[]): string {
  const each = known.map((names, i) => {
    const has = `list_has_all(${listSql(names)}, keys[${i + 1}])`
    return i === 0 ? `coalesce(${has}, false)` : `coalesce(len(keys[${i + 1}]) > 0 AND ${has}, true)`
  })
  const any = each.join(' AND ')
  return shapes.length === 0 ? any : `CASE WHEN keys IN (${shapes.join(', ')}) THEN true ELSE ${any} END`
}

function findRest(
  record: Record<string, unknown>,
  opened: Path[],
  known: string[][],
  isOpen: ReadonlySet<string>,
): Record<string, unknown> | null {
  const rest = new Map<string, unknown>()
  for (const [i, parent] of opened.entries()) {
    const object = memberOf(record, parent)
    if (!isRecord(object)) continue
    for (const [name, value] of Object.entries(object)) {
      const path = [...parent, name]
      const isHere = isOpen.has(keyOf(path)) ? isRecord(value) : known[i]!.includes(name)
      if (!isHere && value !== null && value !== '') rest.set(path.join('.'), value)
    }
  }
  return rest.size === 0 ? null : Object.fromEntries(rest)
}
