import { Flags } from '@oclif/core'
import { BaseCommand, sliceFlags } from '../base-command.js'
import { renderTriage } from '../reports/triage.js'
import { type TriageResult, triage } from '../steps/triage.js'

export default class Triage extends BaseCommand {
  static override summary =
    'Propose a story for each performance issue, refresh those that are there, and re-open those whose fix decayed.'
  static override description = [
    'A route is worth a story when its share of good requests is clearly below the objective, when it takes much of all',
    'time, when errors or timeouts are common, or when many support tickets are about it. Run it again after an import:',
    'measured answers are refreshed, what people wrote stays, and no issue gets a second story. Closed stories with a',
    'measured gain are watched, once a day of data: one whose share of good requests fell again, by at least the smallest',
    'change worth having and a quarter of the gain, is re-opened, with the day and what changed around it.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --last 7d',
    '<%= config.bin %> <%= command.id %> --dry-run --json',
  ]
  static override flags = {
    ...sliceFlags,
    'dry-run': Flags.boolean({ description: 'Say what would be proposed, and write nothing' }),
    limit: Flags.integer({
      description: 'Routes without a story to show with the reason',
      default: 8,
      min: 0,
    }),
  }

  async run(): Promise<TriageResult> {
    const { flags } = await this.parse(Triage)
    const workbook = await this.openWorkbook(flags)
    const result = await this.withStore(workbook, store =>
      triage(workbook, store, this.readSlice(workbook, store, flags), {
        now: new Date(),
        dryRun: flags['dry-run'],
        signal: this.signal,
        onProgress: (subject, part) => this.report(`Measuring ${subject}`, part),
      }),
    )
    return this.show(result, renderTriage(result, flags.limit, this.style, flags['dry-run']))
  }
}
