import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { renderLedger } from '../reports/ledger.js'
import { readLedger } from '../steps/read-ledger.js'
import { readKind } from '../stories/edit-story.js'
import type { Ledger as Result } from '../stories/ledger.js'

export default class Ledger extends BaseCommand {
  static override summary = 'What was promised of fixes, and what came: over all stories, per kind of fix.'
  static override description = [
    'Each closed story whose fix was predicted before it was deployed, and measured after it, has an entry: the predicted change of the share',
    'of good requests, the measured one, and what part of the promise that is. A story that was reopened has one for each outcome,',
    'with the day until which that fix lasted, where triage measured that. Over the stories of a kind, and over all, it says how much of a promise came on average, with a 95% interval: from two stories on, and taking in',
    'that stories differ by more than what each was measured with. The closed stories that have no entry are counted, and it says why.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --kind cache',
  ]
  static override flags = {
    kind: Flags.string({ description: 'Only fixes of this kind' }),
  }

  async run(): Promise<Result> {
    const { flags } = await this.parse(Ledger)
    const ledger = await readLedger(
      await this.openWorkbook(flags),
      flags.kind === undefined ? null : readKind(flags.kind),
    )
    if (ledger.warnings.some(({ code }) => code === 'story-unreadable')) process.exitCode = 2
    return this.show(ledger, renderLedger(ledger, this.style))
  }
}
