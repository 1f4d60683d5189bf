import { Flags } from '@oclif/core'
import { BaseCommand, chartFlags, sliceFlags } from '../base-command.js'
import { overview, type Overview as Result } from '../evidence/overview.js'
import { failureAsData } from '../reports/failure.js'
import { nameRoutes, renderOverview } from '../reports/overview.js'
import type { Style } from '../reports/style.js'
import { renderOverviewLine, renderOverviewWatch } from '../reports/watching.js'
import { expandFiles } from '../steps/expand-files.js'
import { followLogs } from '../steps/follow-beside.js'
import { readInterval } from '../steps/read-interval.js'
import { watchOverview } from '../steps/watch-overview.js'
import { type Drawers, planChartFiles, type WithCharts } from '../steps/write-charts.js'
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
    const interval_ms = readInterval(flags.interval ?? '5s')
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
    const result = await (flags.watch
      ? this.watch(workbook, { interval_ms, follow: flags.follow }, look)
      : look())
    const text = (style: Style) => renderOverview(result, style, workbook.config)
    const draw = (charts: Drawers) => charts.chartOverview(result)
    return this.showAndDraw(result, files, { title: nameRoutes(result), draw, text })
  }

  /** Until Ctrl-C: drawn in place on a terminal, else a line a look. */
  private async watch(
    workbook: Workbook,
    { interval_ms, follow: names }: { interval_ms: number; follow: string[] | undefined },
    look: () => Promise<Result>,
  ): Promise<WithCharts<Result>> {
    process.once('SIGTERM', () => process.emit('SIGINT'))
    const files = names ? await expandFiles(names, process.cwd()) : []
    const failures: Record<string, unknown>[] = []
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
      onFailure: (error, of) => {
        if (of === 'look') return this.note(`This look failed, the next may not: ${error.message}`)
        this.complain(error)
        failures.push(failureAsData(error))
      },
    }).finally(() => this.terminal.clear())
    process.exitCode = 130
    return failures.length === 0 ? result : { ...result, failures }
  }
}
