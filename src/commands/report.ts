import os from 'node:os'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { escapeTerminal } from '../reports/escape.js'
import { describeReport, type ReportFigures } from '../steps/describe-report.js'
import { gatherReport } from '../steps/gather-report.js'
import { planFile } from '../steps/write-charts.js'
import { formatBytes } from '../units.js'

export default class ReportCommand extends BaseCommand {
  static override summary = 'One HTML file that shows the argument: of the workbook, or of stories.'
  static override description = [
    'Of the workbook: what hurts customers most and how sure that is, what was promised, stories by status, measured outcomes, and what was disproved.',
    'Of a story: the claim, what the data says, flame graphs, what was tested, what was decided, and when; each figure with the command and the data that it can be made from again.',
    'The file asks the network for nothing, reads without script, and prints. Nothing is written into the stories: hypotheses are compared again, and not filed.',
    'What can’t be made, since its data isn’t on this machine, is said in its place.',
    'Texts and names stand in it as they are in the workbook; what is for others outside is written by whyslow export.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> --out report.html',
    '<%= config.bin %> <%= command.id %> get-orders-id --out orders.html',
    '<%= config.bin %> <%= command.id %> get-orders-id get-search --out slow.html',
  ]
  static override strict = false
  static override args = {
    story: Args.string({ description: 'Ids of stories; without any, the workbook', ignoreStdin: true }),
  }
  static override flags = {
    out: Flags.string({ description: 'The file to write', helpValue: 'FILE', required: true }),
  }

  /** How long it takes depends on the stories. */
  protected override readonly repeatsItself = false

  async run(): Promise<ReportFigures & { file: string; bytes: number }> {
    const { flags, argv } = await this.parse(ReportCommand)
    const file = await planFile(flags.out, { kind: 'html', flag: '--out', cwd: process.cwd() })
    const workbook = await this.openWorkbook(flags)
    const report = await this.withStore(workbook, store =>
      gatherReport(workbook, store, {
        stories: argv as string[],
        now: new Date(),
        version: this.config.version,
        home: os.homedir(),
        signal: this.signal,
        onProgress: (what, part) => this.report(what, part),
      }),
    )
    // Only where a report is written, since it draws.
    const { writeReport } = await import('../steps/write-report.js')
    const bytes = await writeReport(file, report)
    const result = { file, bytes, ...describeReport(report) }
    return this.show(result, `${escapeTerminal(flags.out)} (${formatBytes(bytes)})`)
  }
}
