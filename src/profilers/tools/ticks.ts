/**
 * The ticks of V8's `--prof`, as 0x (`ticks.json`) and clinic flame (`*-samples`) keep them → a `.cpuprofile`.
 *
 * Supported: an array of stacks, outermost first, each frame `{name, type}` as `node --prof-process --preprocess`
 * names it: `render /app/page.js:12:3` for JavaScript, the symbol for native code. Ignored: `kind` (how far it was
 * optimised), so the same function is one frame whatever V8 made of it.
 *
 * A tick has no time in these files, and none is taken while the thread waits: each stands for the interval, and
 * what is missing to the capture's duration is idle.
 */
/** V8's own, between ticks. */
const DEFAULT_INTERVAL_US = 1000

interface TickFrame {
  name: string
  type: string
}

interface Node {
  id: number
  callFrame: {
    functionName: string
    scriptId: string
    url: string
    lineNumber: number
    columnNumber: number
  }
  hitCount: number
  children: number[]
}

/** Throws a `SyntaxError` or `TypeError` for what isn't such a file. */
export function ticksToCpuProfile(
  text: string,
  {
    interval_us = DEFAULT_INTERVAL_US,
    duration_ms,
  }: { interval_us?: number | undefined; duration_ms: number },
): string {
  const ticks = JSON.parse(text) as TickFrame[][]
  const nodes: Node[] = []
  const known = new Map<string, Node>()
  const find = (parent: Node | null, name: string, type: string): Node => {
    const key = `${parent?.id ?? 0} ${type === 'JS' ? 'js' : 'native'} ${name}`
    const found = known.get(key)
    if (found) return found
    const node = { id: nodes.length + 1, callFrame: readFrame(name, type), hitCount: 0, children: [] }
    nodes.push(node)
    known.set(key, node)
    parent?.children.push(node.id)
    return node
  }
  const root = find(null, '(root)', '')
  const samples = ticks.map(stack => {
    let node = root
    for (const { name, type } of stack) node = find(node, name, type)
    if (node === root) node = find(root, '(program)', '')
    node.hitCount += 1
    return node.id
  })
  const timeDeltas = samples.map((_, index) => (index === 0 ? 0 : interval_us))
  const active_us = samples.length * interval_us
  const endTime = Math.max(active_us, Math.round(duration_ms * 1000))
  if (endTime > active_us) {
    samples.push(find(root, '(idle)', '').id)
    timeDeltas.push(samples.length === 1 ? 0 : interval_us)
  }
  return JSON.stringify({ nodes, startTime: 0, endTime, samples, timeDeltas })
}

/** Names have blanks (`get size`), and so have paths; but these begin with a slash, a drive or a scheme. */
const PLACE = /^(.*?) ?((?:\/|[A-Za-z][A-Za-z0-9+.-]*:).*):(\d+):(\d+)$/
const LAST_WORD = /^(.*?) ?(\S+):(\d+):(\d+)$/

function readFrame(name: string, type: string): Node['callFrame'] {
  const place = type === 'JS' ? (PLACE.exec(name) ?? LAST_WORD.exec(name)) : null
  if (place) {
    const [, functionName = '', url = '', line, column] = place
    return {
      functionName,
      scriptId: '0',
      url,
      lineNumber: Number(line) - 1,
      columnNumber: Number(column) - 1,
    }
  }
  const shown = type === 'SHARED_LIB' ? name.slice(name.lastIndexOf('/') + 1) : name
  return { functionName: shown, scriptId: '0', url: '', lineNumber: -1, columnNumber: -1 }
}

/** Between ticks, in µs, from the lines of an isolate log (`tick,0x…,microseconds,…`); V8's default where there are few. */
export async function readTickInterval(lines: AsyncIterable<string>): Promise<number> {
  const gaps: number[] = []
  let last: number | null = null
  for await (const line of lines) {
    if (!line.startsWith('tick,')) continue
    const time = Number(line.split(',', 3)[2])
    if (last !== null && time > last) gaps.push(time - last)
    last = time
  }
  gaps.sort((a, b) => a - b)
  return gaps.length < 10 ? DEFAULT_INTERVAL_US : gaps[gaps.length >> 1]!
}
