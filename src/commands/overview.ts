import { Flags } from '@oclif/core'
import { BaseCommand, chartFlags, sliceFlags } from '../base-command.js'
import { overview, type Overview as Result } from '../evidence/overview.js'
import { renderOverview } from '../reports/overview.js'
import type { Style } from '../reports/style.js'
import { renderOverviewLine, renderOverviewWatch } from '../reports/watching.js'
import { expandFiles } from '../steps/expand-files.js'
import { followLogs } from '../steps/follow-beside.js'
import { watchOverview } from '../steps/watch-overview.js'
import { type Drawers, planChartFiles, type WithCharts } from '../steps/write-charts.js'
import { parseDuration } from '../units.js'
import type { Workbook } from '../workbook/workbook.js'

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
    '<%= config.bin %> <%= command.id %> --html routes.html',
    '<%= config.bin %> <%= command.id %> --watch --follow /var/log/nginx/access.log',
  ]
  static override flags = {
    ...sliceFlags,
    limit: Flags.integer({ description: 'Routes to show', default: 25, min: 1 }),
    exact: Flags.boolean({ description: 'Count clients and accounts exactly, also where that takes long' }),
    ...chartFlags,
    watch: Flags.boolean({
      description: 'Look again when requests have come in, until Ctrl-C',
      helpGroup: 'WATCH',
    }),
    interval: Flags.string({
      description: 'How often to look (5s)',
      dependsOn: ['watch'],
      helpValue: 'DURATION',
      helpGroup: 'WATCH',
    }),
    follow: Flags.string({
      char: 'f',
      description: 'Import what is written to this file meanwhile, as import --follow does',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['watch'],
      helpValue: 'FILE',
      helpGroup: 'WATCH',
    }),
  }

  /** What a follow has read is committed first. */
  protected override readonly grace_ms = 20_000

  async run(): Promise<WithCharts<Result>> {
    const { flags } = await this.parse(Overview)
    const files = await planChartFiles(flags, process.cwd())
    const workbook = await this.openWorkbook(flags)
    const look = () =>
      this.withStore(workbook, store =>
        overview(store, this.readSlice(workbook, store, flags), {
          targets: workbook.config.targets,
          limit: flags.limit,
          exact: flags.exact,
          rules: workbook.config.identify.length,
        }),
      )
    const result = await (flags.watch ? this.watch(workbook, flags, look) : look())
    const text = (style: Style) => renderOverview(result, style, workbook.config)
    const draw = (charts: Drawers) => charts.chartOverview(result)
    const { warnings } = result
    const written = await this.writeCharts(files, { title: 'Every route', draw, text, warnings })
    return this.show({ ...result, ...written }, text(this.style))
  }

  /** Until Ctrl-C: drawn in place on a terminal, else a line a look. */
  private async watch(
    workbook: Workbook,
    flags: { interval?: string | undefined; follow?: string[] | undefined },
    look: () => Promise<Result>,
  ): Promise<Result> {
    process.once('SIGTERM', () => process.emit('SIGINT'))
    const interval_ms = parseDuration(flags.interval ?? '5s')
    const files = flags.follow ? await expandFiles(flags.follow, process.cwd()) : []
    const follow = followLogs(files, interval_ms, {
      stdin: process.stdin,
      pid: process.pid,
      clock: () => new Date(),
      onNote: (message, next) => this.note(message, next),
    })
    const result = await watchOverview(workbook, {
      interval_ms,
      follow,
      signal: this.signal,
      look,
      onLook: seen => {
        const at = new Date()
        if (!this.showsProgress) return this.say(renderOverviewLine(seen, at, workbook.config))
        const state = { at, interval_ms, files }
        this.terminal.redraw(renderOverviewWatch(seen, state, this.errorStyle, workbook.config))
      },
      onFailure: error => this.note(`This look failed, the next may not: ${error.message}`),
    }).finally(() => this.terminal.clear())
    process.exitCode = 130
    return result
  }
}
