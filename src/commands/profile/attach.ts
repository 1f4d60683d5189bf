import os from 'node:os'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { endOnSignals } from '../../profilers/end-on-signals.js'
import { DEFAULT_INTERVAL_US, DEFAULT_SECONDS, type Sampling } from '../../profilers/node/attach.js'
import { renderCapture } from '../../reports/hottest.js'
import { type CapturedProfiles, captureProfile } from '../../steps/capture-profile.js'
import { findWorkbookDir, shortenPath } from '../../workbook/workbook.js'

export default class ProfileAttach extends BaseCommand {
  static override summary = 'Profile a running Node process, for some seconds, and leave it as it was.'
  static override description = [
    [
      `Opens the process's inspector if it was closed, samples the CPU of all its threads, and closes it again, also when this command is killed.`,
      'While a timebox is running, the capture is filed in its story, with its flame graph as a picture, and never goes on past the timebox. Several processes, such as the workers of a cluster, are profiled at the same time.',
    ].join(' '),
    [
      'Instead of a process it takes the address of an inspector that is open on another machine and forwarded to this one (ssh -L, kubectl port-forward).',
      'There nothing is signalled, and the inspector stays open. If this machine is lost meanwhile, the profiler there stops once the forwarder closes its connection. An inspector gives full control of its process and is not encrypted, so addresses beyond loopback need --allow-remote.',
    ].join(' '),
  ].join('\n\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> 4711',
    '<%= config.bin %> <%= command.id %> 4711 --seconds 30 --story get-invoices-id-pdf',
    '<%= config.bin %> <%= command.id %> --match server.js',
    '<%= config.bin %> <%= command.id %> 4711 --heap',
    '<%= config.bin %> <%= command.id %> http://127.0.0.1:9229',
  ]
  static override args = {
    process: Args.string({
      description: 'Process ids, or one URL of an inspector',
      required: false,
      multiple: true,
    }),
  }
  static override flags = {
    match: Flags.string({
      description: 'All Node processes whose command line contains this text',
      helpValue: 'NAME',
    }),
    seconds: Flags.integer({ description: 'How long', default: DEFAULT_SECONDS, min: 1, max: 3600 }),
    interval: Flags.integer({
      description:
        'Microseconds between samples; 1000 sees more in a short time, and costs a busy process 8% instead of 4%',
      default: DEFAULT_INTERVAL_US,
      min: 50,
    }),
    heap: Flags.boolean({
      description: 'Sample allocations instead: who makes the garbage',
      exclusive: ['interval'],
    }),
    live: Flags.boolean({
      description: 'With --heap: only what is still held at the end',
      dependsOn: ['heap'],
    }),
    'heap-interval': Flags.integer({
      description: 'With --heap: bytes between samples, on average',
      default: 32_768,
      min: 1024,
    }),
    'allow-remote': Flags.boolean({ description: 'Also an inspector that is not on loopback' }),
    story: Flags.string({ description: 'Where it is filed (the story whose timebox is running)' }),
    limit: Flags.integer({ description: 'Functions to show', default: 10, min: 1 }),
    html: Flags.boolean({
      description: 'Also draw the flame graph as a page to search and zoom into (0.6 MB), beside the profile',
    }),
  }

  /** Leaving the target as it was comes first. */
  protected override readonly grace_ms = 20_000

  async run(): Promise<CapturedProfiles> {
    const { args, flags } = await this.parse(ProfileAttach)
    const cwd = process.cwd()
    const inWorkbook = flags.workbook !== undefined || (await findWorkbookDir(cwd)) !== undefined
    if (flags.story && !inWorkbook)
      throw new WhyslowError('There is no workbook here that could hold the story.', {
        next: ['whyslow init'],
      })
    const at = readTargets(args.process ?? [], flags.match, flags['allow-remote'])
    const sampling: Sampling = flags.heap
      ? { kind: 'heap', interval_bytes: flags['heap-interval'], live: flags.live }
      : { kind: 'cpu', interval_us: flags.interval }
    const ending = endOnSignals(process)
    const workbook = inWorkbook ? await this.openWorkbook(flags) : null
    const result = await this.withProgress(() =>
      captureProfile(workbook, {
        at,
        seconds: flags.seconds,
        sampling,
        story: flags.story ?? null,
        cwd,
        home: os.homedir(),
        now: () => new Date(),
        limit: flags.limit,
        html: flags.html,
        signal: ending.signal,
        onProgress: progress => this.terminal.reportCapture(progress),
      }),
    ).finally(() => ending.release())
    // What was captured until then is kept and shown; the exit code says that it was cut short.
    if (ending.signal.aborted) process.exitCode = 130
    const show = (file: string) => shortenPath(file, cwd)
    return this.show(result, renderCapture(result, show, this.style, flags.live))
  }
}

function readTargets(
  named: readonly string[],
  match: string | undefined,
  allowRemote: boolean,
): Parameters<typeof captureProfile>[1]['at'] {
  if (match !== undefined && named.length === 0) return { match }
  if (match !== undefined || named.length === 0) {
    throw new WhyslowError('Name processes by their ids, or by a text of their command line: one of both.', {
      next: ['whyslow profile attach 4711', 'whyslow profile attach --match server.js'],
    })
  }
  const url = named.find(text => text.includes('://'))
  if (url === undefined) return [...new Set(named)].map(text => ({ pid: readPid(text) }))
  if (named.length === 1) return [{ url, allowRemote }]
  throw new WhyslowError('An inspector at a URL is profiled by itself.', {
    next: [`whyslow profile attach ${url}`],
  })
}

function readPid(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new WhyslowError(`Expected the id of a process, a whole number, found “${text}”.`, {
    next: ['pgrep -a node', `whyslow profile attach --match ${text}`],
  })
}
