import { Flags } from '@oclif/core'
import { BaseCommand, sliceFlags } from '../base-command.js'
import { listRequests, type RequestList } from '../evidence/list-requests.js'
import { type RequestColumns, renderRequests } from '../reports/requests.js'
import { resolveSubject } from '../steps/resolve-subject.js'

export default class Requests extends BaseCommand {
  static override summary = 'The requests themselves, slowest first.'
  static override description = [
    'The drill-down from any figure to what it is made of. --columns all shows everything that the log had of each request,',
    'with the names that can be used in --where.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> --route 'GET /orders/:id'`,
    '<%= config.bin %> <%= command.id %> --where "status >= 500" --last 24h',
    `<%= config.bin %> <%= command.id %> --where "account = '1042'" --limit 3 --columns all`,
  ]
  static override flags = {
    ...sliceFlags,
    route: Flags.string({
      description: 'Only this route, or the requests of this story',
      helpGroup: 'SLICE',
    }),
    limit: Flags.integer({ description: 'Requests to show', default: 20, min: 1 }),
    columns: Flags.option({
      description: 'Some columns in a row, or all of them',
      options: ['compact', 'all'] as const,
      default: 'compact' as RequestColumns,
    })(),
  }

  async run(): Promise<RequestList> {
    const { flags } = await this.parse(Requests)
    const workbook = await this.openWorkbook(flags)
    const list = await this.withStore(workbook, async store => {
      const slice = this.readSlice(workbook, store, flags)
      const subject =
        flags.route === undefined
          ? null
          : await resolveSubject(workbook, store, flags.route, slice, 'whyslow requests --route')
      return listRequests(store, subject?.slice ?? slice, { limit: flags.limit })
    })
    return this.show(list, renderRequests(list, this.style, flags.columns))
  }
}
