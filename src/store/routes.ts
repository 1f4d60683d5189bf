/**
 * Path templates from distinct paths: `/orders/17` and `/orders/18` are `/orders/:id`.
 *
 * First each segment that is an id by itself (digits, UUID, 16 or more hex digits) becomes `:id`; the engine does the same
 * with `NORMALISE_SQL`, so that the two never disagree. Then segments of which one place has very many become `:slug`;
 * a literal that takes a fair share of its place's requests stays (`/search` beside 10,000 article names).
 */

/** One segment that is an id. `/v1/` is none. */
const ID_SEGMENT = /^(?:[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,})$/

/** SQL over a column: the path with ids replaced. Slashes are doubled meanwhile, since matches can't overlap. */
export function normaliseSql(path: string): string {
  const id =
    '[0-9]+|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}'
  return `replace(regexp_replace(replace(${path}, '/', '//'), '/(?:${id})(/|$)', '/:id\\1', 'g'), '//', '/')`
}

export function normalisePath(path: string): string {
  return path
    .split('/')
    .map(segment => (ID_SEGMENT.test(segment) ? ':id' : segment))
    .join('/')
}

interface Node {
  count: number
  children: Map<string, Node>
}

const MOST_LITERALS = 40
/** A literal with at least this share of its place's requests stays beside a `:slug`. */
const FAIR_SHARE = 0.01

/**
 * Templates that have a parameter, and the literals that stay beside a `:slug`, sorted.
 * `known` templates are kept as they are: people may have edited them.
 */
export function inferTemplates(paths: Iterable<readonly [path: string, count: number]>, known: readonly string[]): string[] {
  const root: Node = { count: 0, children: new Map() }
  const matcher = createMatcher(known)
  for (const [path, count] of paths) {
    if (!path.startsWith('/') || matcher(path) !== null) continue
    insert(root, normalisePath(path).split('/').slice(1), count)
  }
  mergeSlugs(root)
  const templates = new Set(known)
  collect(root, '', false, templates)
  return [...templates].sort()
}

function insert(root: Node, segments: string[], count: number): void {
  let node = root
  node.count += count
  for (const segment of segments) {
    let child = node.children.get(segment)
    if (!child) {
      child = { count: 0, children: new Map() }
      node.children.set(segment, child)
    }
    child.count += count
    node = child
  }
}

function mergeSlugs(node: Node): void {
  const literals = [...node.children].filter(([name]) => !name.startsWith(':') && name !== '')
  if (literals.length > MOST_LITERALS) {
    const rare = literals.filter(([, child]) => child.count < node.count * FAIR_SHARE)
    if (rare.length > MOST_LITERALS / 2) {
      const merged = node.children.get(':slug') ?? { count: 0, children: new Map() }
      for (const [name, child] of rare) {
        node.children.delete(name)
        absorb(merged, child)
      }
      node.children.set(':slug', merged)
    }
  }
  for (const child of node.children.values()) mergeSlugs(child)
}

function absorb(target: Node, source: Node): void {
  target.count += source.count
  for (const [name, child] of source.children) {
    const twin = target.children.get(name)
    if (twin) absorb(twin, child)
    else target.children.set(name, child)
  }
}

/** A path is kept when it has a parameter or stands beside a `:slug`, which would swallow it later. */
function collect(node: Node, path: string, keep: boolean, templates: Set<string>): void {
  const besideSlug = node.children.has(':slug')
  const passed = [...node.children.values()].reduce((sum, child) => sum + child.count, 0)
  if (keep && path !== '' && node.count > passed) templates.add(path)
  for (const [name, child] of node.children) {
    collect(child, `${path}/${name}`, keep || besideSlug || name.startsWith(':'), templates)
  }
}

/** Finds the template of a path: literals before parameters, segment by segment. Null where none fits. */
export function createMatcher(templates: readonly string[]): (path: string) => string | null {
  const root: MatchNode = { template: null, children: new Map() }
  for (const template of templates) {
    let node = root
    for (const segment of template.split('/').slice(1)) {
      const key = segment.startsWith(':') ? ':' : segment
      let child = node.children.get(key)
      if (!child) {
        child = { template: null, children: new Map() }
        node.children.set(key, child)
      }
      node = child
    }
    node.template = template
  }
  return path => match(root, path.split('/'), 1)
}

interface MatchNode {
  template: string | null
  children: Map<string, MatchNode>
}

function match(node: MatchNode, segments: string[], at: number): string | null {
  if (at === segments.length) return node.template
  const segment = segments[at]!
  const literal = node.children.get(segment)
  const found = literal ? match(literal, segments, at + 1) : null
  if (found !== null) return found
  const parameter = segment === '' ? undefined : node.children.get(':')
  return parameter ? match(parameter, segments, at + 1) : null
}

/** Templates that `normaliseSql` can't reach by itself, as SQL that is put around it. */
export function templateSql(path: string, templates: readonly string[]): string {
  const others = templates.filter(template => /\/:(?!id(?:\/|$))/.test(template))
  const literals = new Set(templates.filter(template => !template.includes(':')))
  if (others.length === 0) return path
  const cases = others
    .toSorted((a, b) => specificity(b) - specificity(a))
    .slice(0, 60)
    .map(template => {
      const pattern = template
        .split('/')
        .map(segment => (segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
        .join('/')
      return `WHEN regexp_full_match(normal, '${pattern.replaceAll("'", "''")}') THEN '${template.replaceAll("'", "''")}'`
    })
  const keep =
    literals.size === 0
      ? ''
      : `WHEN normal IN (${[...literals].map(literal => `'${literal.replaceAll("'", "''")}'`).join(', ')}) THEN normal `
  return `(CASE ${keep}${cases.join(' ')} ELSE normal END)`.replaceAll('normal', path)
}

function specificity(template: string): number {
  return template.split('/').filter(segment => !segment.startsWith(':')).length
}
