import { BaseCommand } from '../base-command.js'
import { renderIdentified } from '../reports/identify.js'
import { type Identified, identifyAgain } from '../steps/identify-again.js'
import { isAlive } from '../workbook/lock.js'

export default class Identify extends BaseCommand {
  static override summary = 'Tell the account of every imported request again, by the rules of whyslow.yaml.'
  static override description = [
    'After a change of identify, or of a file that it looks up in. Works on what is stored, so nothing needs to be imported again:',
    'a field of the log that has no column of its own is kept by its name. An account that the log names itself stays where no rule finds one.',
  ].join(' ')
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<Identified> {
    const { flags } = await this.parse(Identify)
    const workbook = await this.openWorkbook(flags)
    const identified = await this.throughRequests(workbook, () =>
      identifyAgain(workbook, {
        now: new Date(),
        pid: process.pid,
        isAlive,
        signal: this.signal,
        onProgress: (file, part) => this.report(`Rewriting ${file}`, part),
      }),
    )
    return this.show(identified, renderIdentified(identified.sources, this.style))
  }
}
