import { Flags } from '@oclif/core'
import { BaseCommand, chartFlags, sliceFlags, subjectArg } from '../base-command.js'
import type { Look as Figures } from '../evidence/look.js'
import { renderLook } from '../reports/look.js'
import type { Style } from '../reports/style.js'
import { lookAtSubject } from '../steps/look-at-subject.js'
import { type Drawers, planChartFiles, type WithCharts } from '../steps/write-charts.js'
import { parseDuration } from '../units.js'

type Result = WithCharts<{ route: string | null; story: string | null } & Figures>

export default class Look extends BaseCommand {
  static override summary = 'One route in full: how long it takes, when it is slow, and for whom.'
  static override description = [
    'The whole distribution on a log axis with its peaks, what its shape usually means, and the command that goes on from there; the share',
    'of requests and of customers under each threshold; outcomes; the hours and days on which it is slow; and the accounts, clients',
    'and instances that see most of it. A request is under a threshold when it ended well in less; a customer is, when at least 75% of',
    'their own requests are. Where over 0.5% of the requests never finished, the time to an answer is estimated beside the measured',
    'durations (Kaplan–Meier), with bounds. With ten days of data or more it says from which day on another share was good: levels of at',
    'least five days, further apart than in all but 5% of 1,000 random orders of two-day blocks; and what was deployed then.',
    'A story’s id shows the requests that the story is about.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id'`,
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id' --under 300ms --last 7d`,
    '<%= config.bin %> <%= command.id %> slow-orders',
    '<%= config.bin %> <%= command.id %> slow-orders --html orders.html --svg orders.svg',
  ]
  static override args = { subject: subjectArg }
  static override flags = {
    ...sliceFlags,
    under: Flags.string({
      description: 'Target to judge by, e.g. 500ms (else the story’s, the route’s, the workbook’s)',
    }),
    limit: Flags.integer({ description: 'Accounts, clients and instances to show', default: 5, min: 1 }),
    ...chartFlags,
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Look)
    const under_ms = flags.under === undefined ? null : parseDuration(flags.under)
    const files = await planChartFiles(flags, process.cwd())
    const workbook = await this.openWorkbook(flags)
    const { subject, look, words } = await this.withStore(workbook, store =>
      lookAtSubject(workbook, store, {
        subject: args.subject,
        slice: this.readSlice(workbook, store, flags),
        under_ms,
        limit: flags.limit,
      }),
    )
    const { title, route, story } = subject
    const text = (style: Style) => renderLook(title, look, style, words)
    const draw = (charts: Drawers) => charts.chartLook(look, words.timezone)
    const shape = look.shape && { ...look.shape, next: words.next }
    return this.showAndDraw({ route, story, ...look, shape }, files, { title, draw, text })
  }
}
