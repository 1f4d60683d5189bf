/**
 * Paths as templates: `/orders/17` is `/orders/:id`.
 *
 * A segment that is an id by itself (digits, UUID, 16 or more hex digits) is `:id`. A template of a workbook may hold literals and
 * parameters. `:id` stands for such a segment only, `:uuid` for a UUID, `:date` for a date or a month (`2026-10-05`, `2026-10`); one of any
 * other name (`:slug`) stands for any text. Where several templates fit, the one that is more particular earlier wins.
 * The engine does the same in SQL (`template-sql.ts`), so that the two never disagree.
 */

export const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
export const ID = `[0-9]+|${UUID}|[0-9a-fA-F]{16,}`
export const DATE = '(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?'

const ID_SEGMENT = new RegExp(`^(?:${ID})$`)
const UUID_SEGMENT = new RegExp(`^${UUID}$`)
const DATE_SEGMENT = new RegExp(`^${DATE}$`)

/** What a segment of a template stands for, from the most particular: the rank by which one template goes before another. */
export const LITERAL = 0
export const AS_UUID = 1
export const AS_DATE = 2
export const AS_ID = 3
export const ANY = 4
export type Rank = typeof LITERAL | typeof AS_UUID | typeof AS_DATE | typeof AS_ID | typeof ANY

const TYPED = new Map<string, Rank>([
  [':uuid', AS_UUID],
  [':date', AS_DATE],
  [':id', AS_ID],
])

export function rankOf(segment: string): Rank {
  return TYPED.get(segment) ?? (/^:./.test(segment) ? ANY : LITERAL)
}

/** The particular kind of a segment of a path; `ANY` for text that is none. */
export function kindOf(segment: string): Rank {
  if (UUID_SEGMENT.test(segment)) return AS_UUID
  if (DATE_SEGMENT.test(segment)) return AS_DATE
  return segment === ':id' || ID_SEGMENT.test(segment) ? AS_ID : ANY
}

export function normalisePath(path: string): string {
  return path
    .split('/')
    .map((segment, i) => (i === 0 ? segment : normaliseSegment(segment)))
    .join('/')
}

function normaliseSegment(segment: string): string {
  return ID_SEGMENT.test(segment) ? ':id' : segment
}

/** Which parameters a segment of a path can be, the most particular first. */
function fittingRanks(segment: string): readonly Rank[] {
  switch (kindOf(segment)) {
    case AS_UUID:
      return [AS_UUID, AS_ID, ANY]
    case AS_DATE:
      return [AS_DATE, ANY]
    case AS_ID:
      return [AS_ID, ANY]
    default:
      return segment === '' ? [] : [ANY]
  }
}

/** Whether a path's segment can stand where a template has this one. */
export function fitsSegment(segment: string, wanted: string): boolean {
  return rankOf(wanted) === LITERAL ? segment === wanted : fittingRanks(segment).includes(rankOf(wanted))
}

interface Place {
  template: string | null
  literals: Map<string, Place>
  parameters: Map<Rank, Place>
}

/** Finds the template of a path, which may be normalised already. Null where none fits. */
export function createMatcher(templates: readonly string[]): (path: string) => string | null {
  if (templates.length === 0) return () => null
  const root = newPlace()
  for (const template of templates) {
    let place = root
    for (const segment of template.split('/').slice(1)) place = enter(place, segment)
    place.template ??= template
  }
  return path => (path.startsWith('/') ? match(root, path.split('/'), 1) : null)
}

function newPlace(): Place {
  return { template: null, literals: new Map(), parameters: new Map() }
}

function enter(place: Place, segment: string): Place {
  const rank = rankOf(segment)
  const known = rank === LITERAL ? place.literals.get(segment) : place.parameters.get(rank)
  if (known) return known
  const next = newPlace()
  if (rank === LITERAL) place.literals.set(segment, next)
  else place.parameters.set(rank, next)
  return next
}

function match(place: Place, segments: string[], at: number): string | null {
  if (at === segments.length) return place.template
  const segment = segments[at]!
  const literal = place.literals.get(segment)
  const found = literal ? match(literal, segments, at + 1) : null
  if (found !== null || place.parameters.size === 0) return found
  for (const rank of fittingRanks(segment)) {
    const next = place.parameters.get(rank)
    const deeper = next ? match(next, segments, at + 1) : null
    if (deeper !== null) return deeper
  }
  return null
}

/** A path that the template stands for, so that a template can be looked up as a path is. */
export function examplePath(template: string): string {
  if (!template.includes('/:')) return template
  return template
    .split('/')
    .map(segment =>
      segment === ':uuid'
        ? '00000000-0000-0000-0000-000000000000'
        : segment === ':date'
          ? '2000-01-01'
          : segment,
    )
    .join('/')
}

/** The more particular one first, by the first segment in which they differ. */
export function byPrecedence(a: string, b: string): number {
  const others = b.split('/')
  for (const [i, segment] of a.split('/').entries()) {
    const difference = rankOf(segment) - rankOf(others[i] ?? '')
    if (difference !== 0) return difference
  }
  return 0
}
