/** What all commands share: flags, the workbook, what goes to stdout and what to stderr, errors and exit codes, Ctrl-C. */
import { Args, Command, Flags, type Interfaces } from '@oclif/core'
import { formatPlace, WhyslowError } from './errors.js'
import { escapeJson, escapeLines, escapeWorkflow } from './reports/escape.js'
import { fitLine, paint, type Style } from './reports/style.js'
import { rowsOf } from './store/kinds.js'
import { openStore, type Store } from './store/open-store.js'
import { parseTime, type Slice } from './store/slice.js'
import { parseDuration } from './units.js'
import type { Warning } from './warnings.js'
import { openWorkbook, type Workbook } from './workbook/workbook.js'

/** The exit code of a command that the user interrupted, as shells know it. */
const INTERRUPTED = 130

/** What a question is about; see `resolveSubject`. */
export const subjectArg = Args.string({
  description: 'A route as overview names it, or the id of a story',
  required: true,
  ignoreStdin: true,
})

/** The flags that narrow a question to a slice. */
export const sliceFlags = {
  where: Flags.string({
    char: 'w',
    description: `Only requests for which this SQL expression holds, e.g. "status >= 500"`,
    helpGroup: 'SLICE',
  }),
  from: Flags.string({
    description: 'Only requests since this time (2026-10-05, 2026-10-05T14:00, UTC)',
    helpGroup: 'SLICE',
  }),
  to: Flags.string({ description: 'Only requests before this time', helpGroup: 'SLICE' }),
  last: Flags.string({
    description: 'Only the last part of the data: 24h, 7d',
    // Not `exclusive`, which the usage would show as if --from and --to excluded each other, too.
    relationships: [{ type: 'none', flags: ['from', 'to'] }],
    helpGroup: 'SLICE',
  }),
  'all-traffic': Flags.boolean({
    description: `Don't narrow to the workbook's target cohort`,
    helpGroup: 'SLICE',
  }),
}

export interface SliceFlags {
  where?: string | undefined
  from?: string | undefined
  to?: string | undefined
  last?: string | undefined
  'all-traffic'?: boolean
}

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    workbook: Flags.string({
      description: 'Folder of the workbook (the closest one above this folder)',
      env: 'WHYSLOW_WORKBOOK',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
    }),
  }

  private readonly aborter = new AbortController()
  /** How long this command may take to end cleanly after Ctrl-C, in milliseconds. */
  protected readonly grace_ms: number = 2000

  /** Aborted by Ctrl-C; long work listens to it and ends cleanly. */
  protected get signal(): AbortSignal {
    return this.aborter.signal
  }

  override async init(): Promise<void> {
    await super.init()
    process.on('SIGINT', () => {
      if (this.aborter.signal.aborted) process.exit(INTERRUPTED)
      this.aborter.abort(new Interrupted())
      setTimeout(() => process.exit(INTERRUPTED), this.grace_ms).unref()
    })
  }

  /** How text may look on this stdout. */
  protected get style(): Style {
    const { stdout, env } = process
    const terminal = stdout.isTTY === true
    const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
    return {
      color: wantsColor(stdout, env),
      unicode: /utf-?8/i.test(locale) || !terminal,
      width: Math.max(60, Math.min(Number(env.COLUMNS) || stdout.columns || 100, 200)),
    }
  }

  protected get showsProgress(): boolean {
    return process.stderr.isTTY === true && !this.jsonEnabled()
  }

  private workbook: Workbook | null = null
  /** Whether it is said at the end that a timebox is over its time. */
  protected readonly notesOverdue: boolean = true

  protected async openWorkbook(flags: { workbook?: string | undefined }): Promise<Workbook> {
    this.workbook = await openWorkbook({ cwd: process.cwd(), explicit: flags.workbook })
    return this.workbook
  }

  /** Over its time, a timebox is in the way of everything until somebody decides. */
  private async noteOverdue(workbook: Workbook): Promise<void> {
    const { listOverdue } = await import('./stories/running-timeboxes.js')
    const { describeLeft } = await import('./stories/timeboxes.js')
    for (const status of await listOverdue(workbook, new Date()))
      this.note(
        `The timebox of ${status.story} is ${describeLeft(status)}.`,
        `whyslow timebox stop ${status.story} --learned "…", or whyslow timebox extend ${status.story} --by 30m --reason "…"`,
      )
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    if (this.workbook && this.notesOverdue && !error && !this.jsonEnabled())
      await this.noteOverdue(this.workbook)
    await super.finally(error)
  }

  /** Opens what was imported, and closes it whatever happens. Ctrl-C interrupts a running query. */
  protected async withStore<T>(workbook: Workbook, ask: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore(workbook.paths.data, { beaconWindow_ms: workbook.config.beaconWindow })
    const interrupt = () => store.interrupt()
    this.signal.addEventListener('abort', interrupt, { once: true })
    try {
      return await ask(store)
    } finally {
      this.signal.removeEventListener('abort', interrupt)
      store.close()
    }
  }

  /** The slice that the flags name, within the workbook's target cohort. */
  protected readSlice(workbook: Workbook, store: Store, flags: SliceFlags): Slice {
    return {
      where: flags.where ?? null,
      from: flags.last ? lastPart(store, flags.last) : flags.from ? parseTime(flags.from) : null,
      to: flags.to ? parseTime(flags.to) : null,
      cohort: flags['all-traffic'] ? null : (workbook.config.cohort ?? null),
    }
  }

  /** Prints a result: its text on stdout, its warnings on stderr. Returns it for `--json`. */
  protected show<T>(result: T & { warnings?: Warning[] }, text: string): T {
    if (this.jsonEnabled()) return result
    if (text !== '') process.stdout.write(escapeWorkflow(text.endsWith('\n') ? text : `${text}\n`))
    for (const warning of result.warnings ?? []) this.note(warning.message, warning.next)
    return result
  }

  /** A line for people on stderr: never part of a result. */
  protected note(message: string, next?: string): void {
    if (this.jsonEnabled()) return
    const style = this.errorStyle
    const lines = [`${paint(style, 'yellow', '!')} ${escapeLines(message)}`]
    if (next) lines.push(`  ${paint(style, 'dim', `→ ${escapeLines(next)}`)}`)
    process.stderr.write(`${escapeWorkflow(lines.join('\n'))}\n`)
  }

  /** An error of one part of the work (one file of several) on stderr; the command goes on and exits with this code. */
  protected complain(error: Error): void {
    if (!this.jsonEnabled()) process.stderr.write(`${this.explain(error)}\n`)
    process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodeOf(error))
  }

  /** Whether there is a person to ask. */
  protected get canAsk(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true && !this.jsonEnabled()
  }

  /** Asks on the terminal, one line each. Only where `canAsk`. Ctrl-C and Ctrl-D interrupt the command. */
  protected async ask(questions: readonly string[]): Promise<string[]> {
    const { createInterface } = await import('node:readline/promises')
    const prompt = createInterface({ input: process.stdin, output: process.stderr })
    const interrupt = () => this.aborter.abort(new Interrupted())
    prompt.once('SIGINT', interrupt).once('close', interrupt)
    try {
      const answers: string[] = []
      for (const question of questions)
        answers.push((await prompt.question(`${question} `, { signal: this.signal })).trim())
      return answers
    } finally {
      prompt.off('close', interrupt)
      prompt.close()
    }
  }

  /** Replaces the line of progress on stderr, in one line however long it is and whatever it holds; empty text removes it. Only where `showsProgress`. */
  protected showProgress(line: string): void {
    if (!this.showsProgress) return
    const style = { ...this.style, width: process.stderr.columns || 80 }
    process.stderr.write(`\r\x1b[2K${fitLine(style, line)}`)
  }

  private drawn = 0

  /** Replaces the block of lines on stderr that it drew before; empty text removes it. Only where `showsProgress`; no line may be wider than the terminal. */
  protected redraw(block: string): void {
    if (!this.showsProgress) return
    const fitting =
      block === '' ? [] : block.split('\n').slice(0, Math.max(1, (process.stderr.rows || 24) - 1))
    const back = this.drawn === 0 ? '' : `\x1b[${this.drawn}A`
    process.stderr.write(`${back}\r\x1b[J${fitting.map(line => `${line}\n`).join('')}`)
    this.drawn = fitting.length
  }

  /** A line of a log on stderr, where nothing is redrawn. */
  protected say(line: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`${escapeWorkflow(escapeLines(line))}\n`)
  }

  /** Data, in which nothing acts on the terminal either. */
  override logJson(json: unknown): void {
    process.stdout.write(`${escapeJson(JSON.stringify(json, null, 2))}\n`)
  }

  /** How text may look on this stderr. */
  protected get errorStyle(): Style {
    const width = process.stderr.columns ? Math.max(40, process.stderr.columns - 1) : this.style.width
    return { ...this.style, width, color: wantsColor(process.stderr, process.env) }
  }

  /**
   * Expected errors say where and what to do; a bug shows its stack. The process ends by itself, since
   * leaving at once would cut what is still on its way to a pipe.
   */
  protected override async catch(error: Interfaces.CommandError): Promise<void> {
    // Else oclif blames the command for arguments that couldn't be parsed, where NODE_ENV isn't production.
    this.parsed = true
    const aborted = error instanceof Interrupted || this.aborter.signal.aborted
    process.exitCode = aborted ? INTERRUPTED : exitCodeOf(error)
    if (aborted) {
      process.stderr.write('Interrupted.\n')
      return
    }
    if (this.jsonEnabled()) {
      this.logJson({ error: errorAsData(error) })
      return
    }
    process.stderr.write(`${this.explain(error)}\n`)
  }

  private explain(error: Error): string {
    const style = this.errorStyle
    if (!isExpected(error))
      return `${paint(style, 'red', 'This is a bug in whyslow:')} ${escapeLines(error.stack ?? String(error))}`
    const place =
      error instanceof WhyslowError && error.place && !error.message.includes(error.place.file)
        ? `${formatPlace(error.place)}: `
        : ''
    const next = error instanceof WhyslowError ? error.next : []
    const lines = [`${paint(style, 'red', 'Error:')} ${escapeLines(place + error.message)}`]
    for (const line of next) lines.push(`  ${paint(style, 'dim', `→ ${escapeLines(line)}`)}`)
    return escapeWorkflow(lines.join('\n'))
  }
}

/** Colour belongs on terminals; `NO_COLOR` (no-color.org) wins over `FORCE_COLOR`. */
function wantsColor(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}

class Interrupted extends Error {
  override name = 'AbortError'
}

/** oclif's own errors (unknown flag, missing argument) carry an exit code and are wrong use. */
function isExpected(error: Error): boolean {
  return error instanceof WhyslowError || 'oclif' in error
}

function exitCodeOf(error: Error): number {
  if (error instanceof WhyslowError) return error.exit
  return isExpected(error) ? 2 : 70
}

function errorAsData(error: Error): Record<string, unknown> {
  const details = error instanceof WhyslowError ? { place: error.place ?? null, next: error.next } : {}
  return { message: error.message, ...details, exit: exitCodeOf(error) }
}

/** The start of the last part of all requests, counted back from the newest one. */
function lastPart(store: Store, text: string): string {
  const ends = store.sources.filter(source => rowsOf(source, 'requests') > 0 && source.to !== null)
  const newest = ends
    .map(source => source.to!)
    .sort()
    .at(-1)
  const end = newest === undefined ? Date.now() : Date.parse(newest)
  return new Date(end - parseDuration(text)).toISOString()
}
