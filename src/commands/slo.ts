import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { renderSlos } from '../reports/slo.js'
import { exitOf } from '../steps/judge-slo.js'
import { measureSlos, type MeasuredSlos as Result } from '../steps/measure-slos.js'
import { parseTime } from '../store/slice.js'
import { parseDuration } from '../units.js'

export default class Slo extends BaseCommand {
  static override summary =
    'What was promised, against the data: the budget spent, how fast it burns, and which stories ate it.'
  static override description = [
    'The objectives are those of slo: in whyslow.yaml; without any, the targets of the workbook and of its routes, over 28 days.',
    'Met and missed are only said where chance is ruled out. An objective that can’t be measured (no durations, no requests,',
    'or too little of the window known) is frozen, not met. Burning: two windows, a long and a short one, are past their rate.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id' --window 7d`,
    '<%= config.bin %> <%= command.id %> --at 2026-10-12 --check --json',
  ]
  static override args = {
    route: Args.string({
      description: 'Only the objectives of this route, of a story’s route, or of this name',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    at: Flags.string({
      description: 'When all windows end: 2026-10-05, 2026-10-05T14:00, UTC (behind the newest request)',
    }),
    window: Flags.string({ description: 'Over how long, whatever whyslow.yaml says: 28d, 7d' }),
    check: Flags.boolean({
      description: `Exit with 1 when an objective is missed or burning, 3 when one is frozen or can't be told`,
    }),
    'all-traffic': Flags.boolean({ description: `Don't narrow to the workbook's target cohort` }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Slo)
    const question = {
      subject: args.route ?? null,
      at: flags.at === undefined ? null : parseTime(flags.at),
      window_ms: flags.window === undefined ? null : parseDuration(flags.window),
      now: new Date(),
    }
    const workbook = await this.openWorkbook(flags)
    const { config } = workbook
    const cohort = flags['all-traffic'] ? null : (config.cohort ?? null)
    const result = await this.withStore(workbook, store =>
      measureSlos(workbook, store, { ...question, cohort }),
    )
    if (flags.check) process.exitCode = exitOf(result.slos)
    return this.show(result, renderSlos(result.slos, this.style, { targetIsSet: config.targets.isSet }))
  }
}
