/** The routes of `routes.ts` as SQL over a column of paths: what an import writes, and what a change of templates writes anew. */
import { sqlText } from './engine.js'
import {
  ANY,
  AS_DATE,
  AS_ID,
  AS_UUID,
  byPrecedence,
  DATE,
  fitsSegment,
  ID,
  LITERAL,
  normalisePath,
  rankOf,
  UUID,
} from './routes.js'

/**
 * The path with ids replaced. Matches can't overlap, so of ids in a row this leaves every other one: over its own
 * result it replaces those as well (`normaliseRestSql`).
 */
export function normaliseOnceSql(path: string): string {
  return `regexp_replace(${path}, '/(?:${ID})(/|$)', '/:id\\1', 'g')`
}

export function normaliseRestSql(once: string): string {
  return `CASE WHEN strpos(${once}, '/:id/') > 0 THEN ${normaliseOnceSql(once)} ELSE ${once} END`
}

/** The path with UUIDs as `:uuid` and other ids as `:id`. Dear: two patterns. */
export function typedSql(path: string): string {
  const once = (text: string) => `regexp_replace(${text}, '/${UUID}(/|$)', '/:uuid\\1', 'g')`
  const typed = once(once(path))
  return normaliseOnceSql(normaliseOnceSql(typed))
}

/** Patterns cost something for every request. */
const MOST_PATTERNS = 60
/** Templates that differ from a normal form by a name only cost a comparison. */
const MOST_NAMES = 200

/**
 * SQL for the template of a path, from the path itself and its normal form. Only templates that the normal form isn't already
 * are looked for; of very many the first ones only, unless `all`: what those leave is settled when the file is read.
 */
export function templateSql(
  path: string,
  normal: string,
  templates: readonly string[],
  { all = false } = {},
): string {
  const sorted = [...new Set(templates)].toSorted(byPrecedence)
  const others = sorted.filter(template => !isNormal(template))
  const named = others.filter(template => nameCondition(path, normal, template) !== null)
  const kept = new Set([
    ...named.slice(0, all ? Infinity : MOST_NAMES),
    ...others.filter(template => !named.includes(template)).slice(0, all ? Infinity : MOST_PATTERNS),
  ])
  if (kept.size === 0) return normal
  const rivals = sorted.filter(one => isNormal(one) && [...kept].some(pattern => overlaps(pattern, one)))
  const cases: string[] = []
  let literals: string[] = []
  const flush = () => {
    if (literals.length > 0)
      cases.push(`WHEN ${normal} IN (${literals.map(sqlText).join(', ')}) THEN ${normal}`)
    literals = []
  }
  for (const template of [...kept, ...rivals].toSorted(byPrecedence)) {
    if (isNormal(template)) {
      literals.push(template)
    } else {
      flush()
      const condition = nameCondition(path, normal, template) ?? patternCondition(path, template)
      cases.push(`WHEN ${condition} THEN ${sqlText(template)}`)
    }
  }
  flush()
  return `(CASE ${cases.join(' ')} ELSE ${normal} END)`
}

/** Whether a path's normal form can be this template. */
function isNormal(template: string): boolean {
  return (
    template.split('/').every(segment => [LITERAL, AS_ID].some(rank => rank === rankOf(segment))) &&
    normalisePath(template) === template
  )
}

/**
 * A template with one `:uuid` and nothing else than literals: its normal form has `:id` there, and the path is as much longer as a UUID is;
 * then a dash tells it from hex digits. Null for other templates.
 */
function nameCondition(path: string, normal: string, template: string): string | null {
  const parts = template.split('/:uuid')
  const form = parts.join('/:id')
  if (parts.length !== 2 || !/^$|^\//.test(parts[1]!) || form.includes('/:id/:') || !isNormal(form))
    return null
  if (form.split('/').filter(segment => rankOf(segment) !== LITERAL).length !== 1) return null
  const before = [...parts[0]!].length + 1
  const length = [...form].length + 33
  return `${normal} = ${sqlText(form)} AND length(${path}) = ${length} AND substr(${path}, ${before + 9}, 1) = '-'`
}

/** Most paths are told apart by what stands before the first parameter, which costs less than the pattern. */
function patternCondition(path: string, template: string): string {
  const start = template.slice(0, template.indexOf('/:') + 1)
  return `starts_with(${path}, ${sqlText(start)}) AND regexp_full_match(${path}, ${sqlText(patternOf(template))})`
}

function overlaps(pattern: string, template: string): boolean {
  const segments = template.split('/')
  const others = pattern.split('/')
  return (
    segments.length === others.length &&
    others.every((segment, i) => {
      const own = segments[i]!
      if (rankOf(own) === LITERAL) return fitsSegment(own, segment)
      return rankOf(segment) !== LITERAL || normalisePath(`/${segment}`) === '/:id'
    })
  )
}

const PATTERNS = { [AS_UUID]: UUID, [AS_DATE]: DATE, [AS_ID]: `(?::id|${ID})`, [ANY]: '[^/]+' } as const

/** A regular expression of the whole path. */
export function patternOf(template: string): string {
  const segments = template.split('/').map(segment => {
    const rank = rankOf(segment)
    return rank === LITERAL ? segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : PATTERNS[rank]
  })
  return segments.join('/')
}
