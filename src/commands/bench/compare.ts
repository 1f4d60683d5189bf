import { randomUUID } from 'node:crypto'
import os from 'node:os'
import { Args, Flags } from '@oclif/core'
import { BaseCommand, ciFlags } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { endOnSignals } from '../../profilers/end-on-signals.js'
import { reportComparison } from '../../reports/benchmarks/ci-report.js'
import { renderBenchmarkComparison } from '../../reports/benchmarks/comparison.js'
import { renderProfiledSides } from '../../reports/benchmarks/profile-sides.js'
import { summariseComparison } from '../../reports/benchmarks/summary.js'
import type { Verdict } from '../../stats/verdicts.js'
import { type ComparisonProgress, compareVersions } from '../../steps/benchmarks/compare-versions.js'
import { findScenario } from '../../steps/benchmarks/find-scenario.js'
import { type ProfiledComparison, profileFailure } from '../../steps/benchmarks/profile-failure.js'
import { settleScenario } from '../../steps/benchmarks/settle-scenario.js'
import type { WithReports } from '../../steps/benchmarks/write-ci-reports.js'
import { shortenPath } from '../../workbook/workbook.js'

export default class BenchCompare extends BaseCommand {
  static override summary = 'Compare two versions by a benchmark: did this change make it slower?'
  static override description = [
    [
      'A side is a commit or a branch, which is checked out beside the working copy; a folder, named as a path such as . or ../other;',
      'or a file of results (.ndjson), if the other is one, too. The service runs in the same place of each side as the current folder has here.',
      'Both are measured by the scenario as it is here.',
    ].join(' '),
    [
      'Versions are measured in turns, A B B A, and judged by pairs of runs: by the share of good requests and the CPU time per request, or by the',
      'gates of the scenario. What can’t be told after --pairs is measured further, up to --most-pairs, with three looks in all. A gate that fails is measured again from nothing,',
      'and fails only if it does so twice. Nothing is added to the scenario’s results.',
    ].join(' '),
    'Exit code 1: a gate fails, or a waiver expired, whatever else there is for its metric. 3: cannot tell yet. 4: a side could not be set up, or its service did not start.',
  ].join('\n\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> main HEAD',
    '<%= config.bin %> <%= command.id %> main . bench/orders.yaml',
    '<%= config.bin %> <%= command.id %> main HEAD --pairs 12 --most-pairs 48',
    '<%= config.bin %> <%= command.id %> origin/main HEAD --profile',
    '<%= config.bin %> <%= command.id %> before.ndjson after.ndjson bench/orders.yaml',
  ]
  static override args = {
    base: Args.string({
      description: 'The version before: a commit, a folder or a file of results',
      required: true,
      ignoreStdin: true,
    }),
    head: Args.string({ description: 'The version after', required: true, ignoreStdin: true }),
    file: Args.string({ description: 'The scenario (the only one in bench/)', ignoreStdin: true }),
  }
  static override flags = {
    pairs: Flags.integer({ description: 'Pairs of runs before the first look (6)', min: 1, max: 1000 }),
    'most-pairs': Flags.integer({
      description: 'At most so many a round while it can’t be told (24); as many as --pairs for one look',
      min: 1,
      max: 1000,
    }),
    profile: Flags.boolean({
      description: 'Where a gate fails, profile both sides under the same load, as bench profile does',
    }),
    ...ciFlags,
  }

  /** Stopping the service, and removing what was checked out, comes first. */
  protected override readonly grace_ms = 30_000

  async run(): Promise<WithReports<ProfiledComparison>> {
    const { args, flags } = await this.parse(BenchCompare)
    const cwd = process.cwd()
    const ci = await this.planCi(flags, args.file)
    const plan = await ci.guard(async () => readPlan(flags))
    const scenario = await ci.guard(() => findScenario({ cwd, file: args.file }))
    ci.scenario = scenario.file
    const { workbook, settled } = await ci.guard(async () => {
      const workbook = await this.openAnyWorkbook(flags)
      const settled = await settleScenario(scenario, workbook, (book, ask) => this.withStore(book, ask))
      return { workbook, settled }
    })
    // A job that is cancelled has to clean up as Ctrl-C does; Ctrl-Z would leave the service running.
    const ending = endOnSignals(process)
    const how = {
      ...{ base: args.base, head: args.head, cwd },
      env: this.environment,
      version: this.config.version,
      run: randomUUID(),
      now: () => new Date(),
      signal: ending.signal,
    }
    const compare = async (): Promise<ProfiledComparison> => {
      const comparison = await compareVersions(settled, {
        ...how,
        plan,
        seed: 1,
        onProgress: progress => {
          this.report(describeProgress(progress))
          this.terminal.expect(progress.left_ms)
        },
      })
      if (!flags.profile) return { ...comparison, profile: null }
      const profiling = { captures: CAPTURES, out: null, home: os.homedir() }
      return profileFailure(settled, workbook, comparison, { ...how, ...profiling })
    }
    const result = await this.withProgress(() => ci.guard(compare)).finally(() => ending.release())
    // The verdict is there, and is shown; the exit code says that its profile was cut short.
    process.exitCode = how.signal.aborted ? 130 : (EXITS[result.verdict] ?? 0)
    const { profile } = result
    const show = (file: string) => shortenPath(file, cwd)
    const text = [
      renderBenchmarkComparison(result, this.style),
      ...(profile === null ? [] : [renderProfiledSides(profile, show, { style: this.style, limit: 0 })]),
    ]
    const shown = this.show<WithReports<ProfiledComparison>>(result, text.join('\n\n'))
    return this.tellCi(shown, ci, {
      report: frame => reportComparison(result, frame),
      summary: summariseComparison(result, ci.command),
    })
  }
}

/** A side, where a gate failed. */
const CAPTURES = 3

const EXITS: Partial<Record<Verdict, number>> = { worse: 1, 'cannot tell yet': 3 }

function readPlan(flags: { pairs?: number | undefined; 'most-pairs'?: number | undefined }) {
  const pairs = flags.pairs ?? Math.min(6, flags['most-pairs'] ?? 6)
  const mostPairs = flags['most-pairs'] ?? Math.max(24, pairs)
  if (mostPairs < pairs)
    throw new WhyslowError(`Expected --most-pairs of at least --pairs, found ${mostPairs} and ${pairs}.`)
  return { pairs, mostPairs }
}

function describeProgress({ round, pair, of, side, phase, next }: ComparisonProgress): string {
  const which = round === 1 ? '' : 'again, since a gate failed: '
  const then = next === null ? '' : `, then ${next}`
  return `${which}pair ${pair} of ${of}, ${side}: ${phase}${then}`
}
