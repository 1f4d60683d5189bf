import { Flags } from '@oclif/core'
import { BaseCommand, sliceFlags } from '../base-command.js'
import { overview, type Overview as Result } from '../evidence/overview.js'
import { renderOverview } from '../reports/overview.js'

export default class Overview extends BaseCommand {
  static override summary = 'Every route: how many requests, how slow, for how many, at what cost.'
  static override description = [
    'Sorted by the total time that the route took. The share under the target is the figure to watch:',
    'server errors and timeouts are never good, client errors are left out.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --last 24h',
    `<%= config.bin %> <%= command.id %> --where "account = '1042'" --limit 5`,
  ]
  static override flags = {
    ...sliceFlags,
    limit: Flags.integer({ description: 'Routes to show', default: 25, min: 1 }),
    exact: Flags.boolean({ description: 'Count clients and accounts exactly, also where that takes long' }),
  }

  async run(): Promise<Result> {
    const { flags } = await this.parse(Overview)
    const workbook = await this.openWorkbook(flags)
    const result = await this.withStore(workbook, store =>
      overview(store, this.readSlice(workbook, store, flags), {
        targets: workbook.config.targets,
        limit: flags.limit,
        exact: flags.exact,
        rules: workbook.config.identify.length,
      }),
    )
    return this.show(result, renderOverview(result, this.style, workbook.config))
  }
}
