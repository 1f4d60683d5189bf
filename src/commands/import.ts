import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { type Place, WhyslowError } from '../errors.js'
import { renderFollowing, renderImport, renderProgress } from '../reports/import.js'
import { type SourceRow, sourceRow } from '../reports/sources.js'
import { FORMATS, KNOWN_NAMES } from '../sources/formats/index.js'
import type { ImportProgress } from '../sources/import-file.js'
import { DURATION_UNITS, type DurationUnit } from '../sources/layout.js'
import { expandFiles } from '../steps/expand-files.js'
import { followFiles } from '../steps/follow-files.js'
import { type ImportRequest, type ImportResult, importFiles } from '../steps/import-files.js'
import { readInterval } from '../steps/read-interval.js'
import { QUIET_MS } from '../terminal.js'
import type { Warning } from '../warnings.js'
import { isAlive } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'

/** A look at followed files costs little. */
const LEAST_INTERVAL_MS = 100

interface Result {
  sources: SourceRow[]
  /** Files that stayed out; absent when none did. */
  failures?: { file: string; message: string; place: Place | null; next: string[] }[]
  warnings: Warning[]
}

export default class Import extends BaseCommand {
  static override summary = 'Bring logs, accounts, tickets, page views and deploys into the workbook.'
  static override description = [
    `The format is told from the content. Plain files and .gz, patterns, and - for standard input. A line that can't be`,
    'read is counted and kept with its reason (see: sources ID). What was imported before is known by its content and adds nothing;',
    'to read it in another way, take it out first: sources remove ID.',
    'A file that fails stays out as a whole, the others go in, and the exit code is 2.',
    'A log that has grown since gives its new lines only, under a rotated name too. With --follow, new lines come in as they are written,',
    'through rotation, until it is stopped.',
    'CSV (with commas, semicolons or tabs) and NDJSON are told by the names of their columns; columns: in whyslow.yaml names those that have others.',
  ].join(' ')
  /** For the page in docs/commands: the names that are known, in any case. */
  static columnNames = KNOWN_NAMES
  static override examples = [
    '<%= config.bin %> <%= command.id %> access.log',
    `<%= config.bin %> <%= command.id %> 'logs/*.gz' accounts.csv tickets.json`,
    `<%= config.bin %> <%= command.id %> access.log --log-format '$remote_addr [$time_local] "$request" $status $request_time'`,
    '<%= config.bin %> <%= command.id %> --follow /var/log/nginx/access.log',
    'zcat access.log.gz | grep -v health | <%= config.bin %> <%= command.id %> - --as nginx',
  ]
  static override args = {
    file: Args.string({
      description: 'Files, patterns, or - for standard input',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    as: Flags.string({
      description: `Read as this format: ${FORMATS.map(({ name }) => name).join(', ')}`,
      helpValue: 'FORMAT',
    }),
    'log-format': Flags.string({
      description:
        'Read as this log format, as nginx or Apache writes it (whyslow.yaml keeps those of your own: logFormats)',
      helpValue: 'STRING',
      exclusive: ['as'],
    }),
    unit: Flags.option({
      description: `Unit of a duration column whose name doesn't say it`,
      options: Object.keys(DURATION_UNITS) as DurationUnit[],
    })(),
    follow: Flags.boolean({
      char: 'f',
      description: `Keep reading what the files are given, until Ctrl-C or SIGTERM (then exit 0: what was read is in)`,
    }),
    interval: Flags.string({
      description: 'How often to look at followed files: 500ms, 10s, 1m (2s)',
      dependsOn: ['follow'],
      helpValue: 'DURATION',
    }),
  }

  /** What a follow has read is committed first. */
  protected override readonly grace_ms = 20_000

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Import)
    const workbook = await this.openWorkbook(flags)
    const files = await expandFiles(args.file, process.cwd())
    const request = {
      files,
      stdin: process.stdin,
      now: new Date(),
      pid: process.pid,
      isAlive,
      signal: this.signal,
      onProgress: this.watch(files),
      ...(flags.as === undefined ? {} : { as: flags.as }),
      ...(flags['log-format'] === undefined ? {} : { logFormat: flags['log-format'] }),
      ...(flags.unit === undefined ? {} : { unit: flags.unit }),
    }
    const result = await (flags.follow
      ? this.follow(workbook, request, readInterval(flags.interval ?? '2s', LEAST_INTERVAL_MS))
      : importFiles(workbook, request)
    ).finally(() => this.terminal.clear())
    // A reader that closes the pipe early ends the process while it prints.
    for (const { error } of result.failures)
      process.exitCode = Math.max(exitCodeOf(error), Number(process.exitCode ?? 0))
    const shown = this.show(asData(result), renderImport(result.sources, this.style))
    for (const { file, error } of result.failures) this.complain(locate(error, file))
    return shown
  }

  private async follow(
    workbook: Workbook,
    request: ImportRequest,
    interval_ms: number,
  ): Promise<ImportResult> {
    process.once('SIGTERM', () => process.emit('SIGINT'))
    return followFiles(workbook, {
      ...request,
      signal: this.signal,
      interval_ms,
      clock: () => new Date(),
      onRows: (rows, last) => this.terminal.showLine(renderFollowing(request.files, rows, last)),
      onNote: (message, next) => this.note(message, next),
    })
  }

  private watch(files: string[]): (file: string, progress: ImportProgress) => void {
    const start = performance.now()
    let current = { file: '', start }
    return (file, progress) => {
      if (file !== current.file) current = { file, start: performance.now() }
      const elapsed_ms = performance.now() - current.start
      const state = { ...progress, file, index: files.indexOf(file) + 1, files: files.length, elapsed_ms }
      if (performance.now() - start >= QUIET_MS)
        this.terminal.showLine(renderProgress(state, this.terminal.lineStyle))
    }
  }
}

function asData({ sources, failures, warnings }: ImportResult): Result {
  const failed = failures.map(({ file, error }) => ({
    file,
    message: error.message,
    place: error instanceof WhyslowError ? (error.place ?? { file }) : { file },
    next: error instanceof WhyslowError ? error.next : [],
  }))
  return { sources: sources.map(sourceRow), ...(failed.length === 0 ? {} : { failures: failed }), warnings }
}

/** A bug exits as the base command says it. */
function exitCodeOf(error: Error): number {
  return error instanceof WhyslowError ? error.exit : 70
}

/** An expected error names its file, also where the room that threw it didn't know it. */
function locate(error: Error, file: string): Error {
  if (!(error instanceof WhyslowError) || error.place) return error
  return new WhyslowError(error.message, {
    next: error.next,
    place: { file },
    exit: error.exit,
    cause: error.cause,
  })
}
