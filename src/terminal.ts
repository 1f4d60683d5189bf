/** What a command draws on the terminal while it works: a line that is replaced, or a block that is drawn anew. Where there is no terminal, nothing. */
import type { CaptureProgress } from './profilers/node/attach.js'
import type { ToolProgress } from './profilers/tools/run-tool.js'
import { fitLine, type Style } from './reports/style.js'
import { type Part, renderWorking } from './reports/working.js'
import { listSources } from './store/catalog.js'
import { rowsOf } from './store/kinds.js'
import type { Store } from './store/open-store.js'
import { formatCount } from './units.js'
import { keepRun, recallRun } from './workbook/past-runs.js'
import type { Workbook } from './workbook/workbook.js'

/** What is over before needs no line. */
export const QUIET_MS = 1000
const TICK_MS = 200
/** Behind the line there is room for the ^C of the terminal itself: in the next one it would stay. */
const ECHO_WIDTH = 2

interface Screen {
  write(text: string): unknown
  columns?: number
  rows?: number
}

interface Work {
  start: number
  what: string
  part: Part | null
  /** When the first part, and when this one began. */
  partsStart: number
  partStart: number
  store: Pick<Store, 'progress'> | null
  /** When it should be over; null where nothing tells. */
  expectedEnd: number | null
}

export class Terminal {
  private hasLine = false
  private drawn = 0
  /** All of what was drawn last. */
  private block = ''
  private work: Work | null = null

  constructor(
    private readonly screen: Screen,
    private readonly style: () => Style,
    private readonly isOn: () => boolean,
  ) {}

  /** How a line may look. */
  get lineStyle(): Style {
    return { ...this.style(), width: Math.max((this.screen.columns || 80) - ECHO_WIDTH, 20) }
  }

  /** Replaces the line, in one line however long it is and whatever it holds; empty text removes it. */
  showLine(line: string): void {
    if (!this.isOn()) return
    if (this.hasLine) this.screen.write('\r\x1b[2K')
    if (line !== '') this.screen.write(fitLine(this.lineStyle, line))
    this.hasLine = line !== ''
  }

  /** Replaces the block of lines that it drew before; empty text removes it. No line may be wider than the terminal; those that are too many are left out. */
  redraw(block: string): void {
    if (!this.isOn()) return
    const lines = block === '' ? [] : block.split('\n')
    const room = Math.max(2, (this.screen.rows || 24) - 2)
    const fitting = lines.length > room ? [...lines.slice(0, room - 1), '...'] : lines
    const back = this.drawn > 0 ? `\x1b[${this.drawn}A\r\x1b[J` : this.hasLine ? '\r\x1b[2K' : ''
    const text = back + fitting.map(line => `${line}\n`).join('')
    if (text !== '') this.screen.write(text)
    this.drawn = fitting.length
    this.block = block
    this.hasLine = false
  }

  /** Makes room for what is printed. */
  clear(): void {
    this.redraw('')
  }

  /** Lines that stay, also where there is no terminal: the block is drawn again below them. */
  printAbove(lines: string): void {
    const { block } = this
    this.clear()
    this.screen.write(`${lines}\n`)
    this.redraw(block)
  }

  /** Says in a line what is being done, as soon as it takes more than a second. Inside of another watch, that one goes on. */
  async watch<T>(work: () => Promise<T>): Promise<T> {
    if (this.work !== null || !this.isOn()) return work()
    const start = performance.now()
    this.work = {
      start,
      what: 'Working',
      part: null,
      partsStart: start,
      partStart: start,
      store: null,
      expectedEnd: null,
    }
    const timer = setInterval(() => {
      if (performance.now() - start >= QUIET_MS) this.showLine(this.describe())
    }, TICK_MS)
    try {
      return await work()
    } finally {
      clearInterval(timer)
      this.work = null
      this.showLine('')
    }
  }

  /** The same for what goes through all requests; how long the command took over them the last time tells the time left. */
  watchRequests<T>(workbook: Workbook, command: string | undefined, work: () => Promise<T>): Promise<T> {
    if (!this.isOn()) return work()
    return this.watch(async () => {
      const start = performance.now()
      const sources = await listSources(workbook.paths.data)
      const requests = sources.reduce((sum, source) => sum + rowsOf(source, 'requests'), 0)
      this.report(`Reading ${formatCount(requests)} requests`)
      const past = command === undefined ? null : await recallRun(workbook, command)
      this.expect(past && (past.ms / past.requests) * requests)
      const result = await work()
      const ms = performance.now() - start
      if (command !== undefined && ms >= QUIET_MS && requests > 0)
        await keepRun(workbook, command, { ms, requests })
      return result
    })
  }

  /** What is being done now, for the line of the watch. */
  report(what: string, part: Part | null = null): void {
    const { work } = this
    if (work === null) return
    const now = performance.now()
    if (part === null || part.index === 1 || part.count !== work.part?.count) work.partsStart = now
    Object.assign(work, { what, part, partStart: now })
  }

  /** The store that is asked from now on; null for none. */
  follow(store: Work['store']): void {
    if (this.work !== null) this.work.store = store
  }

  /** How long the rest of it should take; null where nothing tells. */
  expect(rest_ms: number | null): void {
    if (this.work !== null) this.work.expectedEnd = rest_ms && performance.now() + rest_ms
  }

  /** Of a capture: only while it samples is it known when that is over. */
  reportCapture({ phase, elapsed_ms, total_ms }: ToolProgress | CaptureProgress): void {
    this.report(phase[0]!.toUpperCase() + phase.slice(1))
    this.expect(elapsed_ms > 0 ? total_ms - elapsed_ms : null)
  }

  private describe(): string {
    const { start, what, part, partsStart, partStart, store, expectedEnd } = this.work!
    const now = performance.now()
    return renderWorking({
      what,
      part: part && { ...part, before_ms: partStart - partsStart, now_ms: now - partStart },
      elapsed_ms: now - start,
      left_ms: expectedEnd && expectedEnd - now,
      query: store?.progress() ?? null,
    })
  }
}

/** How text may look on this stdout. */
export function styleOn(
  stdout: Screen & { isTTY?: boolean },
  env: Record<string, string | undefined>,
): Style {
  const terminal = stdout.isTTY === true
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  return {
    color: wantsColor(stdout, env),
    unicode: /utf-?8/i.test(locale) || !terminal,
    width: Math.max(60, Math.min(Number(env.COLUMNS) || stdout.columns || 100, 200)),
  }
}

/** Colour belongs on terminals; `NO_COLOR` (no-color.org) wins over `FORCE_COLOR`. */
export function wantsColor(stream: { isTTY?: boolean }, env: Record<string, string | undefined>): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}
