import { Flags } from '@oclif/core'
import { BaseCommand, chartFlags, sliceFlags, subjectArg } from '../base-command.js'
import type { Explanation } from '../evidence/explain.js'
import { renderExplanation } from '../reports/explain.js'
import type { Style } from '../reports/style.js'
import { explainSubject } from '../steps/explain-subject.js'
import { type Drawers, planChartFiles, type WithCharts } from '../steps/write-charts.js'
import { parseDuration } from '../units.js'

type Result = WithCharts<{ subject: string; route: string | null; story: string | null } & Explanation>

export default class Explain extends BaseCommand {
  static override summary = 'What the slow requests of a route or story have in common.'
  static override description = [
    'Every column and attribute of the log, the plan, seats and country of the account, and pairs of them, are looked at on one',
    'half of the customers; what stands out is tested on the other half, corrected for all that was tested. So what is shown is no chance, and often nothing is shown. Slow is',
    'a request that counts and missed its target; where the target tells too few or too many apart, the slowest tenth. Hours and',
    'weekdays are in the time zone of the workbook.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id'`,
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id' --under 800ms --last 7d`,
    '<%= config.bin %> <%= command.id %> get-orders --all',
    '<%= config.bin %> <%= command.id %> get-orders --html causes.html',
  ]
  static override args = { subject: subjectArg }
  static override flags = {
    ...sliceFlags,
    under: Flags.string({
      description:
        'A request of this time or more is slow, e.g. 500ms (else the story’s, the route’s, the workbook’s target)',
    }),
    all: Flags.boolean({ description: 'Also show what stood out and was not confirmed' }),
    seed: Flags.integer({ description: 'Of the draw that halves the customers', default: 1, min: 0 }),
    ...chartFlags,
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Explain)
    const under_ms = flags.under === undefined ? null : parseDuration(flags.under)
    const files = await planChartFiles(flags, process.cwd())
    const workbook = await this.openWorkbook(flags)
    const { explanation, words } = await this.withStore(workbook, store =>
      explainSubject(workbook, store, {
        subject: args.subject,
        slice: this.readSlice(workbook, store, flags),
        under_ms,
        seed: flags.seed,
        all: flags.all,
      }),
    )
    const { title, route, story } = words
    const text = (style: Style) => renderExplanation(explanation, style, words)
    const draw = (charts: Drawers) => charts.chartExplanation(explanation)
    const result = { subject: args.subject, route, story, ...explanation }
    return this.showAndDraw(result, files, { title, draw, text })
  }
}
