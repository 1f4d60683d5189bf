import os from 'node:os'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { sampleMix } from '../../evidence/request-mix.js'
import { endOnSignals } from '../../profilers/end-on-signals.js'
import { renderToolRun } from '../../reports/tool-run.js'
import { planLoad } from '../../steps/plan-load.js'
import { runProfiler, type ToolCapture } from '../../steps/run-profiler.js'
import { shortenPath, type Workbook } from '../../workbook/workbook.js'

const LOAD = { helpGroup: 'LOAD', dependsOn: ['load'] }
const MIX = { methods: ['GET'], limit: 1000, seed: 1 }

export default class ProfileRun extends BaseCommand {
  static override summary = 'Run a program under a profiling tool, for some seconds, under load if asked.'
  static override description = [
    'TOOL is node, node heap, 0x, clinic doctor, clinic flame, clinic bubbleprof, clinic heapprofiler, perf, or a sampler',
    'of whyslow.yaml; whyslow tools lists them. Behind -- comes the command as it would be typed; perf and samplers also take',
    'a process that runs already (--pid), and leave it running. The tool runs in a process group of its own and is ended with',
    'all its children when the time is over, on Ctrl-C, and when this command is killed; what it wrote until then is kept.',
    'Out of reach are only children that leave the group and clear their environment; a whyslow that is killed leaves the unfinished folder of its run.',
    'With --story, or while a timebox is running, profiles and pictures are filed in the story, with the flame graph.',
    'Without --load, the seconds begin with the program; with it, as soon as the program listens.',
    'Each connection asks again when it has its answer (a closed loop): while the service stalls, nothing is asked.',
  ].join(' ')
  static override usage = [
    'profile run TOOL [KIND] [--seconds N] [--load URL …] -- COMMAND…',
    'profile run TOOL --pid PID [--seconds N]',
  ]
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0x --seconds 20 -- node server.js',
    '<%= config.bin %> <%= command.id %> clinic doctor --load http://127.0.0.1:3000/orders/1 --connections 20 -- node server.js',
    '<%= config.bin %> <%= command.id %> node --load http://127.0.0.1:3000 --load-mix -- node server.js',
    '<%= config.bin %> <%= command.id %> perf --pid 4711',
  ]
  static override args = {
    tool: Args.string({ description: 'The tool', required: true }),
    kind: Args.string({ description: 'Which of them: doctor, flame, bubbleprof, heapprofiler; heap' }),
  }
  static override flags = {
    seconds: Flags.integer({ description: 'How long', default: 10, min: 1, max: 3600 }),
    pid: Flags.integer({ description: 'A process that runs already, instead of a command', min: 1 }),
    story: Flags.string({ description: 'Where it is filed (the story whose timebox is running)' }),
    limit: Flags.integer({ description: 'Functions to show', default: 10, min: 1 }),
    load: Flags.string({
      description: 'Ask for this URL all the time, once its port listens',
      helpValue: 'URL',
      helpGroup: 'LOAD',
    }),
    connections: Flags.integer({ ...LOAD, description: 'At a time (10)', min: 1 }),
    method: Flags.string({ ...LOAD, description: 'Of its requests (GET)' }),
    header: Flags.string({
      description: 'Name: value; may be repeated',
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: 'LOAD',
      dependsOn: ['load'],
    }),
    body: Flags.string({ ...LOAD, description: 'Of its requests' }),
    'load-mix': Flags.boolean({
      ...LOAD,
      description:
        'Instead of one URL, the paths that the workbook’s GET requests ask for, as often as they do',
    }),
    where: Flags.string({
      char: 'w',
      description: 'Of the mix: only requests for which this SQL expression holds',
      helpGroup: 'LOAD',
      dependsOn: ['load-mix'],
    }),
    rate: Flags.string({ ...LOAD, hidden: true }),
  }

  /** The tool draws what it measured before it ends. */
  protected override readonly grace_ms = 180_000

  async run(): Promise<ToolCapture> {
    const split = this.argv.indexOf('--')
    const command = split < 0 ? [] : this.argv.slice(split + 1)
    const own = split < 0 ? this.argv : this.argv.slice(0, split)
    const { args, flags } = await this.parse(ProfileRun, own)
    const cwd = process.cwd()
    const workbook = await this.openIfThere(flags)
    const sample = () =>
      this.withStore(workbook!, store =>
        sampleMix(store, this.readSlice(workbook!, store, { where: flags.where }), MIX),
      )
    const { connections = 10, header: headers = [], load: url = '', method, body, rate } = flags
    const wish = { url, connections, method, headers, body, rate }
    const planned = flags.load === undefined ? null : await planLoad(wish, flags['load-mix'] ? sample : null)
    const ending = endOnSignals(process)
    const result = await this.withProgress(() =>
      runProfiler(workbook, {
        tool: [args.tool, ...(args.kind ? [args.kind] : [])],
        command: command.length === 0 ? null : command,
        pid: flags.pid ?? null,
        seconds: flags.seconds,
        load: planned?.load ?? null,
        story: flags.story ?? null,
        cwd,
        home: os.homedir(),
        env: this.environment,
        node: process.execPath,
        now: () => new Date(),
        limit: flags.limit,
        signal: ending.signal,
        onProgress: progress => this.terminal.reportCapture(progress),
      }),
    ).finally(() => ending.release())
    // What was captured until then is kept and shown; the exit code says that it was cut short.
    if (ending.signal.aborted) process.exitCode = 130
    const shown = { ...result, warnings: [...(planned?.warnings ?? []), ...result.warnings] }
    const show = (file: string) => shortenPath(file, cwd)
    return this.show(shown, renderToolRun(shown, show, this.style))
  }

  private async openIfThere(flags: {
    workbook?: string | undefined
    story?: string | undefined
    'load-mix'?: boolean
  }): Promise<Workbook | null> {
    const workbook = await this.openAnyWorkbook(flags)
    if (workbook !== null) return workbook
    if (flags.story === undefined && !flags['load-mix']) return null
    throw new WhyslowError(
      flags.story === undefined
        ? 'There is no workbook here whose traffic could be asked for.'
        : 'There is no workbook here that could hold the story.',
      { next: ['whyslow init'] },
    )
  }
}
