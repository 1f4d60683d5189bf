/** What all commands share: flags, the workbook, what goes to stdout and what to stderr, errors and exit codes, Ctrl-C. */
import path from 'node:path'
import { Command, Flags, type Interfaces } from '@oclif/core'
import { EndedBySignal } from './profilers/end-on-signals.js'
import { escapeJson, escapeLines, escapeWorkflow } from './reports/escape.js'
import { exitCodeOf, failureAsData, renderFailure } from './reports/failure.js'
import { fingerprintOf } from './reports/page.js'
import { paint, type Style } from './reports/style.js'
import type { Part } from './reports/working.js'
import type { CiFlags, CiPlan, Told, WithReports } from './steps/benchmarks/write-ci-reports.js'
import { readSlice, type SliceFlags } from './steps/read-slice.js'
import {
  type ChartedResult,
  type ChartFiles,
  nameCommand,
  type WithCharts,
  writeCharts,
} from './steps/write-charts.js'
import { openStore, type Store } from './store/open-store.js'
import type { Slice } from './store/slice.js'
import { styleOn, Terminal, wantsColor } from './terminal.js'
import type { Warning } from './warnings.js'
import { findWorkbookDir, openWorkbook, type Workbook } from './workbook/workbook.js'

/** The exit code of a command that the user interrupted, as shells know it. */
const INTERRUPTED = 130

export { chartFlags, ciFlags, sliceFlags, subjectArg } from './flags.js'

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
      this.terminal.clear()
      if (this.aborter.signal.aborted) process.exit(INTERRUPTED)
      this.aborter.abort(new Interrupted())
      const exit = () => {
        this.terminal.clear()
        process.exit(INTERRUPTED)
      }
      setTimeout(exit, this.grace_ms).unref()
    })
  }

  /** For programs that are started. As it was before whyslow: bin/run.js sets a NODE_ENV where there was none. */
  protected get environment(): Record<string, string | undefined> {
    const { WHYSLOW_SET_NODE_ENV, NODE_ENV, ...env } = process.env
    return WHYSLOW_SET_NODE_ENV === undefined ? { ...env, NODE_ENV } : env
  }

  /** How text may look on this stdout. */
  protected get style(): Style {
    return styleOn(process.stdout, process.env)
  }

  /** Jobs of CI may have a terminal, too, and a log of all that was ever drawn on it. */
  protected get showsProgress(): boolean {
    const { CI, TERM } = process.env
    return process.stderr.isTTY === true && !CI && TERM !== 'dumb' && !this.jsonEnabled()
  }

  /** What is drawn on stderr meanwhile, only where `showsProgress`. */
  protected readonly terminal = new Terminal(
    process.stderr,
    () => this.style,
    () => this.showsProgress,
  )

  /** While it runs, the terminal says what is being done (see `report`), once it takes more than a second. */
  protected withProgress<T>(work: () => Promise<T>): Promise<T> {
    return this.terminal.watch(work)
  }

  protected readingFiles<T>(files: readonly string[], work: () => Promise<T>): Promise<T> {
    return this.withProgress(() => {
      this.report(`Reading ${files.length === 1 ? files[0] : `${files.length} files`}`)
      return work()
    })
  }

  protected report(what: string, part?: Part): void {
    this.terminal.report(what, part)
  }

  /** Whether it takes as long as the last time, request by request: not where that depends on what it is given. */
  protected readonly repeatsItself: boolean = true

  /** As `withProgress`, for what goes through all requests: how long it took the last time tells the time left. */
  protected throughRequests<T>(workbook: Workbook, work: () => Promise<T>): Promise<T> {
    return this.terminal.watchRequests(workbook, this.repeatsItself ? this.id : undefined, work)
  }

  private workbook: Workbook | null = null
  /** Of the store that was asked. */
  private sources: Store['sources'] = []
  /** Whether it is said at the end that a timebox is over its time. */
  protected readonly notesOverdue: boolean = true

  protected async openWorkbook(flags: { workbook?: string | undefined }): Promise<Workbook> {
    this.workbook = await openWorkbook({ cwd: process.cwd(), explicit: flags.workbook })
    return this.workbook
  }

  /** Null where there is none, for what works without one, too. */
  protected async openAnyWorkbook(flags: { workbook?: string | undefined }): Promise<Workbook | null> {
    const isThere = flags.workbook !== undefined || (await findWorkbookDir(process.cwd())) !== undefined
    return isThere ? this.openWorkbook(flags) : null
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
    return this.throughRequests(workbook, async () => {
      const { beaconWindow, currency } = workbook.config
      const store = await openStore(workbook.paths.data, { beaconWindow_ms: beaconWindow, currency })
      const interrupt = () => store.interrupt()
      this.sources = store.sources
      this.signal.addEventListener('abort', interrupt, { once: true })
      this.terminal.follow(store)
      try {
        return await ask(store)
      } finally {
        this.terminal.follow(null)
        this.signal.removeEventListener('abort', interrupt)
        store.close()
      }
    })
  }

  protected readSlice({ config }: Workbook, store: Store, flags: SliceFlags): Slice {
    return readSlice(config, store, flags)
  }

  /** Shows a result, then writes what `chartFlags` name: what can't be written takes no result away. */
  protected async showAndDraw<T>(
    result: WithCharts<T> & { warnings: Warning[] },
    asked: ChartFiles,
    page: Omit<ChartedResult, 'typed' | 'fingerprint' | 'warnings'>,
  ): Promise<WithCharts<T>> {
    this.show(result, page.text(this.style))
    if (Object.keys(asked).length === 0) return result
    const made = { typed: [this.id!, ...this.argv] as const, fingerprint: fingerprintOf(this.sources) }
    const { files, failure } = await writeCharts(asked, { ...page, ...made, warnings: result.warnings })
    for (const file of Object.values(files)) this.say(`Written: ${path.relative(process.cwd(), file)}`)
    if (failure) this.complain(failure)
    else if (asked.svg && !files.svg) this.note('There is nothing to draw, so no picture was written.')
    const { failures = [] } = result
    return { ...result, files, ...(failure && { failures: [...failures, failureAsData(failure)] }) }
  }

  /** Before anything is measured: whether what `ciFlags` name can be written. `scenario` is the file as it was named. */
  protected async planCi(flags: CiFlags, scenario: string | undefined): Promise<CiPlan> {
    const { planCiReports } = await import('./steps/benchmarks/write-ci-reports.js')
    return planCiReports(flags, scenario, {
      cwd: process.cwd(),
      workspace: process.env.GITHUB_WORKSPACE,
      command: nameCommand(this.id!, ...this.argv),
      now: () => new Date(),
      // Escaped already, in the way of the CI system: not as lines that are no commands.
      print: lines => this.terminal.printAbove(lines),
      complain: error => this.complain(error),
    })
  }

  /** Tells the CI system of a result that was shown: what can't be written takes no result away. */
  protected async tellCi<T>(result: WithReports<T>, plan: CiPlan, told: Told): Promise<WithReports<T>> {
    if (!plan.isAsked) return result
    const { files, failures } = await plan.write(told)
    for (const failure of failures) this.complain(failure)
    const failed = [...(result.failures ?? []), ...failures.map(failureAsData)]
    return {
      ...result,
      files: { ...result.files, ...files },
      ...(failed.length > 0 && { failures: failed }),
    }
  }

  /** Prints a result: its text on stdout, its warnings on stderr. Returns it for `--json`. */
  protected show<T>(result: T & { warnings?: Warning[] }, text: string): T {
    if (this.jsonEnabled()) return result
    this.terminal.clear()
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
    this.terminal.printAbove(escapeWorkflow(lines.join('\n')))
  }

  /** An error of one part of the work (one file of several) on stderr; the command goes on and exits with this code. */
  protected complain(error: Error): void {
    if (!this.jsonEnabled()) this.terminal.printAbove(renderFailure(error, this.errorStyle))
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

  /** A line of a log on stderr, where nothing is redrawn. */
  protected say(line: string): void {
    if (!this.jsonEnabled()) this.terminal.printAbove(escapeWorkflow(escapeLines(line)))
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
    const aborted =
      error instanceof Interrupted || error instanceof EndedBySignal || this.aborter.signal.aborted
    process.exitCode = aborted ? INTERRUPTED : exitCodeOf(error)
    this.terminal.clear()
    if (aborted) {
      process.stderr.write('Interrupted.\n')
      return
    }
    if (this.jsonEnabled()) {
      this.logJson({ error: failureAsData(error) })
      return
    }
    process.stderr.write(`${renderFailure(error, this.errorStyle)}\n`)
  }
}

class Interrupted extends Error {
  override name = 'AbortError'
}
