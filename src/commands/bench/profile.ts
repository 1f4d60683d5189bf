import { randomUUID } from 'node:crypto'
import os from 'node:os'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { endOnSignals } from '../../profilers/end-on-signals.js'
import { renderProfiledSides } from '../../reports/benchmarks/profile-sides.js'
import { findScenario } from '../../steps/benchmarks/find-scenario.js'
import { type ProfiledSides, profileSides } from '../../steps/benchmarks/profile-sides.js'
import { settleScenario } from '../../steps/benchmarks/settle-scenario.js'
import { shortenPath } from '../../workbook/workbook.js'

export default class BenchProfile extends BaseCommand {
  static override summary = 'Profile two versions under the load of a benchmark: which functions take longer?'
  static override description = [
    [
      'Both versions are started and asked as the scenario says, in turns, with a CPU profiler attached to the Node processes of the service while the load is measured.',
      'What changed is said in milliseconds per request, function by function, with what is only noise told apart.',
    ].join(' '),
    [
      'The captures, a flame graph of each side and a page with the differences are filed in the story that the scenario guards;',
      'without a story or a workbook they go to profiles/ beside the scenario, or to --out. Nothing is added to the results: a profiler costs time, too.',
    ].join(' '),
    'Exit code 4: a side could not be set up, its service did not start, or it has no Node process.',
  ].join('\n\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> main HEAD',
    '<%= config.bin %> <%= command.id %> main . bench/orders.yaml --out profiles',
    '<%= config.bin %> <%= command.id %> main HEAD --captures 6',
  ]
  static override args = {
    base: Args.string({
      description: 'The version before: a commit, a branch or a folder',
      required: true,
      ignoreStdin: true,
    }),
    head: Args.string({ description: 'The version after', required: true, ignoreStdin: true }),
    file: Args.string({ description: 'The scenario (the only one in bench/)', ignoreStdin: true }),
  }
  static override flags = {
    captures: Flags.integer({
      description: 'A side; one alone misses half of what changed',
      default: 3,
      min: 1,
      max: 20,
    }),
    out: Flags.string({ description: 'Where the files go, and not into the story', helpValue: 'FOLDER' }),
    limit: Flags.integer({ description: 'Functions within noise to show', default: 5, min: 0 }),
  }

  /** Detaching, stopping the service, and removing what was checked out, comes first. */
  protected override readonly grace_ms = 30_000

  async run(): Promise<ProfiledSides> {
    const { args, flags } = await this.parse(BenchProfile)
    const cwd = process.cwd()
    const scenario = await findScenario({ cwd, file: args.file })
    const workbook = await this.openAnyWorkbook(flags)
    const settled = await settleScenario(scenario, workbook, (book, ask) => this.withStore(book, ask))
    const ending = endOnSignals(process)
    const result = await this.withProgress(() =>
      profileSides(settled, workbook, {
        ...{ base: args.base, head: args.head, cwd, captures: flags.captures },
        env: this.environment,
        out: flags.out ?? null,
        home: os.homedir(),
        version: this.config.version,
        run: randomUUID(),
        now: () => new Date(),
        signal: ending.signal,
        onProgress: ({ side, capture, of, phase }) =>
          this.report(`${scenario.name}, capture ${capture} of ${of} of ${side}: ${phase}`),
      }),
    ).finally(() => ending.release())
    const show = (file: string) => shortenPath(file, cwd)
    return this.show(result, renderProfiledSides(result, show, { style: this.style, limit: flags.limit }))
  }
}
