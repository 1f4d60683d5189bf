import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { type PastLook, renderLookLine, renderWatch, renderWatched } from '../../reports/watching.js'
import { expandFiles } from '../../steps/expand-files.js'
import { followLogs } from '../../steps/follow-beside.js'
import type { WatchResult } from '../../steps/look-again.js'
import { readInterval } from '../../steps/read-interval.js'
import { watchHypothesis } from '../../steps/watch-hypothesis.js'
import { parseDuration } from '../../units.js'

export default class HypothesisWatch extends BaseCommand {
  static override summary = 'Watch a hypothesis while its data comes in, until it is confirmed or disproved.'
  static override description = [
    'Looking at growing data again and again until something shows cries wolf. The interval here holds over all looks, so it may end',
    'at the first that settles it; it is filed in the story then. Only requests that are newer than the hypothesis count. Sides that are',
    'apart in time are looked at once a day of data. Data comes from another process that imports, or from files given to --follow.',
    'Stopped and started again, it goes on where it was.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders --follow /var/log/nginx/access.log',
    '<%= config.bin %> <%= command.id %> get-orders --hypothesis h2 --interval 5m --timeout 8h --check',
  ]
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    hypothesis: Flags.string({ description: 'Id of the hypothesis (the newest)' }),
    follow: Flags.string({
      char: 'f',
      description: 'Import what is written to this file meanwhile, as import --follow does',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
    }),
    interval: Flags.string({ description: 'How often to look', default: '30s', helpValue: 'DURATION' }),
    timeout: Flags.string({ description: 'End without a verdict after this time', helpValue: 'DURATION' }),
    check: Flags.boolean({ description: "Exit with 1 when disproved, 3 when it can't be told yet" }),
    'all-traffic': Flags.boolean({ description: `Don't narrow to the workbook's target cohort` }),
  }

  /** What a follow has read is committed first. */
  protected override readonly grace_ms = 20_000

  async run(): Promise<WatchResult> {
    const { args, flags } = await this.parse(HypothesisWatch)
    const interval_ms = readInterval(flags.interval)
    process.once('SIGTERM', () => process.emit('SIGINT'))
    const workbook = await this.openWorkbook(flags)
    const files = flags.follow ? await expandFiles(flags.follow, process.cwd()) : []
    const timeout_ms = flags.timeout ? parseDuration(flags.timeout) : null
    const { result, ended } = await watchHypothesis(workbook, {
      story: args.story,
      hypothesis: flags.hypothesis,
      cohort: flags['all-traffic'] ? null : (workbook.config.cohort ?? null),
      interval_ms,
      timeout_ms,
      follow: followLogs(files, interval_ms, {
        stdin: process.stdin,
        pid: process.pid,
        clock: () => new Date(),
        onNote: (message, next) => this.note(message, next),
      }),
      signal: this.signal,
      clock: () => new Date(),
      withStore: ask => this.withStore(workbook, ask),
      onNote: message => this.note(message),
      onLook: this.draw(files, interval_ms, timeout_ms),
    }).finally(() => this.terminal.clear())
    if (ended === 'interrupted') process.exitCode = 130
    else if (flags.check && result.judged !== 'confirmed')
      process.exitCode = result.judged === 'disproved' ? 1 : 3
    return this.show(result, renderWatched(result, ended, this.style))
  }

  private draw(files: string[], interval_ms: number, timeout_ms: number | null): (look: WatchResult) => void {
    const past: PastLook[] = []
    const start = performance.now()
    return look => {
      const at = new Date()
      past.push({ looks: look.looks, value: look.change.value, interval: look.sequence.interval })
      if (!this.showsProgress) return this.say(renderLookLine(look, at))
      const left_ms = timeout_ms === null ? null : Math.max(0, timeout_ms - (performance.now() - start))
      this.terminal.redraw(renderWatch(look, past, { at, interval_ms, left_ms, files }, this.errorStyle))
    }
  }
}
