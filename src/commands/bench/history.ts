import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand, chartFlags, ciFlags } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import type { BenchmarkHistory } from '../../experiments/benchmarks/history.js'
import type { Decision } from '../../experiments/benchmarks/recall-changes.js'
import { resultsFileOf } from '../../experiments/benchmarks/results-file.js'
import { renderHistory } from '../../reports/benchmarks/history.js'
import { reportHistory, summariseHistory } from '../../reports/benchmarks/history-summary.js'
import type { Style } from '../../reports/style.js'
import { findHistory } from '../../steps/benchmarks/find-history.js'
import { findScenario } from '../../steps/benchmarks/find-scenario.js'
import type { WithReports } from '../../steps/benchmarks/write-ci-reports.js'
import { type Drawers, planChartFiles } from '../../steps/write-charts.js'
import { showPath } from '../../workbook/workbook.js'

const EXITS = { worse: 1, clean: 0, 'cannot tell yet': 3 }

export default class BenchHistory extends BaseCommand {
  static override summary = 'Since when a benchmark is slower or faster, from its runs so far.'
  static override description = [
    [
      'Looks in results/NAME.ndjson for runs from which on the metric of a gate stayed on another level: five runs at least, so that a night that',
      'is off is none. Neighbouring levels that differ by less than the gate’s smallest change are joined first. A look is wrong in 1% of cases at',
      'most, so that a look every night stays quiet; a step of three times the runs’ own spread is told after about a week of nights. What changes',
      'slowly, over ten runs and more, is told as a drift.',
    ].join(' '),
    [
      'Each change is new once. It is remembered in results/NAME.changes.yaml, which belongs into git (or the cache of the CI) beside the results,',
      'with what was decided about it. A level that comes back after its change was fixed is a new one. In a workbook, a change for the worse',
      'is filed once, as evidence in the story that the scenario guards, which is re-opened if it was closed; without one, a story is made.',
    ].join(' '),
    [
      'The newest runs, too few for a level, are compared with what the runs before them did, and that is only said.',
      'With --check the exit code is 1 for a new change for the worse, and 3 while there are too few runs to tell.',
    ].join(' '),
  ].join('\n\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --check',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --dry-run --html orders.html',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --acknowledge cpu-up-3f2a91c',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --fixed cpu-up-3f2a91c',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --wont-fix cpu-up-3f2a91c --reason "Sums are checked now"',
  ]
  static override args = {
    file: Args.string({ description: 'The scenario (the only one in bench/)', ignoreStdin: true }),
  }
  static override flags = {
    results: Flags.string({
      description: 'Read the runs from this file (results/NAME.ndjson beside the scenario)',
      helpValue: 'FILE',
    }),
    check: Flags.boolean({
      description:
        'Exit with 1 when there is a new change for the worse, 3 when there are too few runs to tell',
    }),
    'dry-run': Flags.boolean({ description: 'Remember nothing, and file no story' }),
    stories: Flags.boolean({
      description:
        'In a workbook, file changes for the worse. With --no-stories, such as in a checkout that is thrown away, the next look files them',
      default: true,
      allowNo: true,
    }),
    acknowledge: Flags.string({
      description: 'Somebody looks after this change',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: 'DECIDE',
    }),
    fixed: Flags.string({
      description: 'This change is fixed: if its level comes back, that is a new one',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: 'DECIDE',
    }),
    'wont-fix': Flags.string({
      description: 'This change stays; with --reason',
      helpValue: 'ID',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['reason'],
      helpGroup: 'DECIDE',
    }),
    reason: Flags.string({ description: 'Why it was decided so', helpValue: 'TEXT', helpGroup: 'DECIDE' }),
    seed: Flags.integer({ description: 'Of the random orders that changes are judged by', default: 1 }),
    ...chartFlags,
    ...ciFlags,
  }

  async run(): Promise<WithReports<BenchmarkHistory>> {
    const { args, flags } = await this.parse(BenchHistory)
    const cwd = process.cwd()
    const ci = await this.planCi(flags, args.file)
    const charts = await ci.guard(() => planChartFiles(flags, cwd))
    const scenario = await ci.guard(() => findScenario({ cwd, file: args.file }))
    ci.scenario = scenario.file
    const { decisions, workbook } = await ci.guard(async () => {
      const decisions = readDecisions(flags)
      return { decisions, workbook: await this.openAnyWorkbook(flags) }
    })
    const results = flags.results === undefined ? resultsFileOf(scenario) : path.resolve(cwd, flags.results)
    const request = {
      results,
      workbook,
      fileStories: flags.stories,
      decisions,
      dryRun: flags['dry-run'],
      seed: flags.seed,
      now: new Date(),
      show: (file: string) => showPath(file, cwd),
      run: { env: process.env, signal: this.signal },
    }
    const history = await this.withProgress(() => ci.guard(() => findHistory(scenario, request)))
    if (flags.check) process.exitCode = EXITS[history.verdict]
    const text = (style: Style) => renderHistory(history, style)
    const draw = (drawers: Drawers) => drawers.chartHistory(history)
    const title = `History of the benchmark ${scenario.name}`
    const data = history.runs.length === 0 ? [] : [results]
    const shown = await this.showAndDraw(history, charts, { title, draw, text, data })
    return this.tellCi<BenchmarkHistory>(shown, ci, {
      report: frame => reportHistory(history, frame),
      summary: summariseHistory(history, ci.command),
    })
  }
}

function readDecisions(flags: {
  acknowledge?: string[] | undefined
  fixed?: string[] | undefined
  'wont-fix'?: string[] | undefined
  reason?: string | undefined
}): Decision[] {
  const reason = flags.reason ?? null
  const decide = (state: Decision['state'], ids: readonly string[] = []) =>
    ids.map((id): Decision => ({ id, state, reason }))
  const decisions = [
    ...decide('acknowledged', flags.acknowledge),
    ...decide('fixed', flags.fixed),
    ...decide('wont-fix', flags['wont-fix']),
  ]
  if (reason?.trim() === '') throw new WhyslowError('Expected a reason behind --reason, found nothing.')
  if (reason !== null && decisions.length === 0)
    throw new WhyslowError(
      '--reason is about a decision: expected --acknowledge, --fixed or --wont-fix with it.',
    )
  const twice = decisions.find(({ id }, i) => decisions.findIndex(other => other.id === id) !== i)
  if (twice) throw new WhyslowError(`Two decisions about ${twice.id}: expected one.`)
  return decisions
}
