import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand, ciFlags } from '../../base-command.js'
import type { BenchmarkResult } from '../../experiments/benchmarks/comparison.js'
import { resultsFileOf } from '../../experiments/benchmarks/results-file.js'
import { failingWaivers } from '../../experiments/benchmarks/waivers.js'
import { endOnSignals } from '../../profilers/end-on-signals.js'
import { reportRun } from '../../reports/benchmarks/ci-report.js'
import { renderRun } from '../../reports/benchmarks/run.js'
import { summariseRun } from '../../reports/benchmarks/summary.js'
import { findScenario } from '../../steps/benchmarks/find-scenario.js'
import { runBenchmark } from '../../steps/benchmarks/run-benchmark.js'
import { settleScenario } from '../../steps/benchmarks/settle-scenario.js'
import type { WithReports } from '../../steps/benchmarks/write-ci-reports.js'
import { parseDuration } from '../../units.js'
import { shortenPath } from '../../workbook/workbook.js'

export default class BenchRun extends BaseCommand {
  static override summary = 'Run a benchmark: a service under load, several times, each time started anew.'
  static override description = [
    [
      'A scenario says how the service is started, what is asked of it and how often, and when an answer is good.',
      'The service runs in the current folder. Each repetition starts it, warms it up, measures it under load, and stops it;',
      'before and after, a short piece of work tells how steady the machine is.',
    ].join(' '),
    [
      'The smallest scenario, bench/orders.yaml:',
      '  service: {command: node server.js, ready: http://127.0.0.1:3000/health}',
      '  load: {url: http://127.0.0.1:3000/orders/1, rate: 40/s}',
      '  under: 250ms',
    ].join('\n'),
    [
      'At a rate, requests are sent when they are due, whatever the service does, and latency counts from that time: a service that stalls shows it.',
      'Without a rate, each connection asks again once it has its answer, so that while the service stalls, nothing is asked.',
    ].join(' '),
    [
      'Each repetition is added to results/NAME.ndjson beside the scenario as soon as it is measured; after Ctrl-C those that are done stay.',
      'Exit code 1: a waiver of the scenario has expired, or what it allows is exceeded and no other one holds. 4: the service did not start, or ended under the load.',
    ].join(' '),
  ].join('\n\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --repetitions 12',
    '<%= config.bin %> <%= command.id %> bench/orders.yaml --repetitions 1 --duration 3s',
  ]
  static override args = {
    file: Args.string({ description: 'The scenario (the only one in bench/)', ignoreStdin: true }),
  }
  static override flags = {
    repetitions: Flags.integer({ description: 'How many (those of the scenario: 6)', min: 1, max: 1000 }),
    duration: Flags.string({
      description:
        'Of the measured load, instead of the scenario’s. Results of another duration aren’t compared with its own, so they are kept only with --save or --results',
    }),
    results: Flags.string({
      description: 'Add the repetitions to this file (results/NAME.ndjson beside the scenario)',
      helpValue: 'FILE',
    }),
    save: Flags.boolean({
      description: 'Keep the repetitions (unless --duration is given)',
      allowNo: true,
    }),
    ...ciFlags,
  }

  /** Stopping the service comes first. */
  protected override readonly grace_ms = 30_000

  async run(): Promise<WithReports<BenchmarkResult>> {
    const { args, flags } = await this.parse(BenchRun)
    const cwd = process.cwd()
    const ci = await this.planCi(flags, args.file)
    const found = await ci.guard(() => findScenario({ cwd, file: args.file }))
    ci.scenario = found.file
    const settled = await ci.guard(async () => {
      const { duration } = flags
      const load =
        duration === undefined ? found.load : { ...found.load, duration_ms: parseDuration(duration) }
      const workbook = await this.openAnyWorkbook(flags)
      return settleScenario({ ...found, load }, workbook, (book, ask) => this.withStore(book, ask))
    })
    const { scenario } = settled
    const results = flags.results === undefined ? resultsFileOf(scenario) : path.resolve(cwd, flags.results)
    // A quick look isn't one of the nights.
    const keeps = flags.save ?? (flags.duration === undefined || flags.results !== undefined)
    const ending = endOnSignals(process)
    const result = await this.withProgress(() =>
      ci.guard(() =>
        runBenchmark(settled, {
          folder: cwd,
          env: this.environment,
          repetitions: flags.repetitions ?? scenario.repetitions,
          results: keeps ? results : null,
          run: randomUUID(),
          version: this.config.version,
          now: () => new Date(),
          signal: ending.signal,
          onProgress: ({ phase, index, count, left_ms }) => {
            this.report(`${scenario.name}, repetition ${index} of ${count}, ${phase}`)
            this.terminal.expect(left_ms)
          },
        }),
      ),
    ).finally(() => ending.release())
    if (failingWaivers(result.waivers).length > 0) process.exitCode = 1
    // Repetitions that were done until then are kept and shown; the exit code says that it was cut short.
    if (ending.signal.aborted) process.exitCode = 130
    const show = (file: string) => shortenPath(file, cwd)
    const shown = this.show<WithReports<BenchmarkResult>>(result, renderRun(result, show, this.style))
    return this.tellCi(shown, ci, {
      report: frame => reportRun(result, frame),
      summary: summariseRun(result, ci.command),
    })
  }
}
