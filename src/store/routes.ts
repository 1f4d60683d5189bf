/**
 * Paths as templates: `/orders/17` is `/orders/:id`.
 *
 * A segment that is an id by itself (digits, UUID, 16 or more hex digits) is `:id`. A template of a workbook may hold literals, `:id`,
 * which stands for such a segment only, and parameters of any other name (`:slug`), which stand for any text.
 * Where several templates fit, the one that is more literal earlier wins. The engine does the same in SQL, so that the two never disagree.
 */
import { sqlText } from './engine.js'

const ID =
  '[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}'
const ID_SEGMENT = new RegExp(`^(?:${ID})$`)

export function normalisePath(path: string): string {
  return path
    .split('/')
    .map((segment, i) => (i === 0 ? segment : normaliseSegment(segment)))
    .join('/')
}

function normaliseSegment(segment: string): string {
  return ID_SEGMENT.test(segment) ? ':id' : segment
}

/**
 * SQL over a column: the path with ids replaced. Matches can't overlap, so of ids in a row this leaves every other one: over its own
 * result it replaces those as well (`normaliseRestSql`).
 */
export function normaliseOnceSql(path: string): string {
  return `regexp_replace(${path}, '/(?:${ID})(/|$)', '/:id\\1', 'g')`
}

export function normaliseRestSql(once: string): string {
  return `CASE WHEN strpos(${once}, '/:id/') > 0 THEN ${normaliseOnceSql(once)} ELSE ${once} END`
}

interface Place {
  template: string | null
  literals: Map<string, Place>
  /** By rank: `:id`, then any other parameter. */
  parameters: [id: Place | null, other: Place | null]
}

/** Finds the template of a path, which may be normalised already. Null where none fits. */
export function createMatcher(templates: readonly string[]): (path: string) => string | null {
  const root = newPlace()
  for (const template of templates) {
    let place = root
    for (const segment of template.split('/').slice(1)) place = enter(place, segment)
    place.template ??= template
  }
  return path => (path.startsWith('/') ? match(root, path.split('/'), 1) : null)
}

function newPlace(): Place {
  return { template: null, literals: new Map(), parameters: [null, null] }
}

function enter(place: Place, segment: string): Place {
  const rank = rankOf(segment)
  const known = rank === 0 ? place.literals.get(segment) : place.parameters[rank - 1]
  if (known) return known
  const next = newPlace()
  if (rank === 0) place.literals.set(segment, next)
  else place.parameters[rank - 1] = next
  return next
}

function match(place: Place, segments: string[], at: number): string | null {
  if (at === segments.length) return place.template
  const segment = segments[at]!
  const isId = segment === ':id' || ID_SEGMENT.test(segment)
  const [id, other] = place.parameters
  for (const next of [place.literals.get(segment), isId ? id : null, segment === '' ? null : other]) {
    const found = next ? match(next, segments, at + 1) : null
    if (found !== null) return found
  }
  return null
}

/** 0 literal, 1 `:id`, 2 any other parameter. */
function rankOf(segment: string): 0 | 1 | 2 {
  return segment === ':id' ? 1 : /^:./.test(segment) ? 2 : 0
}

const MOST_CASES = 60

/**
 * SQL for the template of a path, from the path itself and its normal form. Only templates that the normal form isn't already
 * are looked for, the first 60 of them; what those leave is settled when the file is read (`planRewrites`).
 */
export function templateSql(path: string, normal: string, templates: readonly string[]): string {
  const sorted = [...new Set(templates)].toSorted(byPrecedence)
  const patterns = sorted.filter(template => !isNormal(template)).slice(0, MOST_CASES)
  const rivals = sorted.filter(one => isNormal(one) && patterns.some(pattern => overlaps(pattern, one)))
  if (patterns.length === 0) return normal
  const cases: string[] = []
  let literals: string[] = []
  const flush = () => {
    if (literals.length > 0)
      cases.push(`WHEN ${normal} IN (${literals.map(sqlText).join(', ')}) THEN ${normal}`)
    literals = []
  }
  for (const template of [...patterns, ...rivals].toSorted(byPrecedence)) {
    if (isNormal(template)) {
      literals.push(template)
    } else {
      flush()
      // Most paths are told apart by what stands before the first parameter, which costs less than the pattern.
      const isLike = `starts_with(${path}, ${sqlText(template.slice(0, template.indexOf('/:') + 1))})`
      const fits = `regexp_full_match(${path}, ${sqlText(patternOf(template))})`
      cases.push(`WHEN ${isLike} AND ${fits} THEN ${sqlText(template)}`)
    }
  }
  flush()
  return `(CASE ${cases.join(' ')} ELSE ${normal} END)`
}

/** Whether a path's normal form can be this template. */
function isNormal(template: string): boolean {
  return template.split('/').every(segment => rankOf(segment) < 2) && normalisePath(template) === template
}

function overlaps(pattern: string, template: string): boolean {
  const segments = template.split('/')
  const others = pattern.split('/')
  return (
    segments.length === others.length &&
    others.every((segment, i) => rankOf(segment) === 2 || normaliseSegment(segment) === segments[i])
  )
}

function patternOf(template: string): string {
  const segments = template.split('/').map(segment => {
    const rank = rankOf(segment)
    return rank === 0
      ? segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      : rank === 1
        ? `(?::id|${ID})`
        : '[^/]+'
  })
  return segments.join('/')
}

function byPrecedence(a: string, b: string): number {
  const others = b.split('/')
  for (const [i, segment] of a.split('/').entries()) {
    const difference = rankOf(segment) - rankOf(others[i] ?? '')
    if (difference !== 0) return difference
  }
  return 0
}
