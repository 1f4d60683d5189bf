import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderRemoved, type SourceRow, sourceRow } from '../../reports/sources.js'
import { removeImported } from '../../steps/remove-sources.js'
import type { Warning } from '../../warnings.js'

interface Result {
  /** What was taken out. */
  sources: SourceRow[]
  warnings: Warning[]
}

export default class SourcesRemove extends BaseCommand {
  static override summary =
    'Take out what a file brought in, to import it again in another way, or not at all.'
  static override description = [
    'No question sees its rows any more. Commands that still run go on with them, and an import an hour later, or any after it, frees',
    'their room. Routes and stories stay. A log that came in pieces, as it grew, goes from the last piece back: the error names those',
    'that have to go together.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5f2a91c07be3',
    '<%= config.bin %> <%= command.id %> 5f2a91c07be3 08c41fe2a9d7',
  ]
  static override args = {
    id: Args.string({
      description: 'Sources, each by its id or the beginning of it',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(SourcesRemove)
    const workbook = await this.openWorkbook(flags)
    const sources = await removeImported(workbook, args.id, this.signal)
    return this.show({ sources: sources.map(sourceRow), warnings: [] }, renderRemoved(sources, this.style))
  }
}
