import os from 'node:os'
import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { endOnSignals } from '../../profilers/end-on-signals.js'
import { renderCapture } from '../../reports/hottest.js'
import { type CapturedProfiles, captureProfile } from '../../steps/capture-profile.js'
import { findWorkbookDir } from '../../workbook/workbook.js'

export default class ProfileAttach extends BaseCommand {
  static override summary = 'Profile a running Node process, for some seconds, and leave it as it was.'
  static override description = [
    `Opens the process's inspector if it was closed, samples its CPU, and closes it again, also when this command is killed.`,
    'While a timebox is running, the capture is filed in its story, with its flame graph as a picture, and never goes on past the timebox.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> 4711',
    '<%= config.bin %> <%= command.id %> 4711 --seconds 30 --story get-invoices-id-pdf',
  ]
  static override args = { pid: Args.string({ description: 'Process id', required: true }) }
  static override flags = {
    seconds: Flags.integer({ description: 'How long', default: 10, min: 1, max: 3600 }),
    interval: Flags.integer({ description: 'Microseconds between samples', default: 1000, min: 50 }),
    story: Flags.string({ description: 'Where it is filed (the story whose timebox is running)' }),
    limit: Flags.integer({ description: 'Functions to show', default: 10, min: 1 }),
    html: Flags.boolean({
      description: 'Also draw the flame graph as a page to search and zoom into (0.6 MB), beside the profile',
    }),
  }

  /** Leaving the target as it was comes first. */
  protected override readonly grace_ms = 20_000

  async run(): Promise<CapturedProfiles> {
    const { args, flags } = await this.parse(ProfileAttach)
    const cwd = process.cwd()
    const inWorkbook = flags.workbook !== undefined || (await findWorkbookDir(cwd)) !== undefined
    if (flags.story && !inWorkbook)
      throw new WhyslowError('There is no workbook here that could hold the story.', {
        next: ['whyslow init'],
      })
    const ending = endOnSignals(process)
    const result = await captureProfile(inWorkbook ? await this.openWorkbook(flags) : null, {
      pid: readPid(args.pid),
      seconds: flags.seconds,
      interval_us: flags.interval,
      story: flags.story ?? null,
      cwd,
      home: os.homedir(),
      now: () => new Date(),
      limit: flags.limit,
      html: flags.html,
      signal: ending.signal,
      onProgress: this.showsProgress
        ? progress => this.showElapsed(progress.phase, progress.elapsed_ms, progress.total_ms)
        : undefined,
    }).finally(ending.release)
    // What was captured until then is kept and shown; the exit code says that it was cut short.
    if (ending.signal.aborted) process.exitCode = 130
    const show = (file: string) => {
      const short = path.relative(cwd, file)
      return short.length < file.length ? short : file
    }
    return this.show(result, renderCapture(result, show, this.style))
  }

  private showElapsed(phase: string, elapsed_ms: number, total_ms: number): void {
    const seconds = (ms: number) => (ms / 1000).toFixed(0)
    process.stderr.write(
      phase === 'closing'
        ? '\r\x1b[K'
        : `\r\x1b[K${phase} ${seconds(elapsed_ms)} s of ${seconds(total_ms)} s`,
    )
  }
}

function readPid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new WhyslowError(`Expected the id of a process, a whole number, found “${text}”.`, {
    next: ['pgrep -a node'],
  })
}
