import { Args, Flags } from '@oclif/core'
import { BaseCommand, sliceFlags } from '../base-command.js'
import type { Missing as Figures } from '../evidence/missing.js'
import { renderMissing } from '../reports/missing.js'
import { findSubjectMissing } from '../steps/find-missing.js'
import { parseDuration } from '../units.js'

type Result = { route: string | null; page: string | null; story: string | null } & Figures

export default class Missing extends BaseCommand {
  static override summary =
    'What never finished, whose it is, and how far the quantiles may be off because of it.'
  static override description = [
    'Requests that timed out, were aborted, or have no time in the log; with beacons also pages that were answered and never reported',
    'back, or began and never ended (these also where the log has no request of their path: then by their beacons alone); with traces also requests of which no span ever came, and traces whose root or parent never ended.',
    'Kinds are compared over the time that both cover. Each quantile stands beside its bounds: at best, all that is missing had been about',
    'to end when it was last seen; at worst, none of it ever would have. The estimate between them (Kaplan–Meier, each route by itself) assumes',
    'that what was given up would have gone on like the rest; the bounds assume nothing, and are about these requests, not about those to come.',
    'Customers, plans, countries, devices, clients, instances and routes are named only where more of theirs is missing than chance explains,',
    'corrected for all that were looked at: all but routes within each route, so that nobody is named for what it is asked for.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id' --under 300ms --last 7d`,
    '<%= config.bin %> <%= command.id %> /orders',
    '<%= config.bin %> <%= command.id %> slow-orders',
  ]
  static override args = {
    subject: Args.string({
      description: 'A route as overview names it, the path of a page, or the id of a story (all requests)',
      ignoreStdin: true,
    }),
  }
  static override flags = {
    ...sliceFlags,
    under: Flags.string({
      description:
        'Also the share under this time, e.g. 500ms (else the story’s, the route’s, the workbook’s target; for pages none)',
    }),
    limit: Flags.integer({ description: 'Routes to show, and who of each kind', default: 5, min: 1 }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Missing)
    const under_ms = flags.under === undefined ? null : parseDuration(flags.under)
    const workbook = await this.openWorkbook(flags)
    const { route, page, story, missing, words } = await this.withStore(workbook, store =>
      findSubjectMissing(workbook, store, {
        subject: args.subject,
        slice: this.readSlice(workbook, store, flags),
        under_ms,
        limit: flags.limit,
      }),
    )
    return this.show({ route, page, story, ...missing }, renderMissing(missing, this.style, words))
  }
}
