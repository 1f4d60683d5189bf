import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { describeOtherCurrencies } from '../evidence/other-currencies.js'
import { renderRejects, renderSources, type SourceRow, sourceRow } from '../reports/sources.js'
import { findSource } from '../steps/find-source.js'
import { warnOfAccounts } from '../steps/identify-again.js'
import { warnOfTwice } from '../steps/warn-of-twice.js'
import { listSources, type RejectedLine, readRejects } from '../store/catalog.js'
import type { Warning } from '../warnings.js'

interface Result {
  sources: SourceRow[]
  /** Of the one source that was asked for. */
  rejects?: RejectedLine[]
  warnings: Warning[]
}

export default class Sources extends BaseCommand {
  static override summary =
    'What was imported: from when to when, how many rows, and what was rejected, and why.'
  static override description =
    `With the id of a source: its lines that were rejected, each with its number, the reason, and how it begins.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 5f2a91c07be3',
    '<%= config.bin %> <%= command.id %> 5f2a91c07be3 --json',
  ]
  static override args = {
    id: Args.string({ description: 'A source, by its id or the beginning of it', ignoreStdin: true }),
  }
  static override flags = {
    limit: Flags.integer({ description: 'Rejected lines to show as text', default: 20, min: 1 }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Sources)
    const workbook = await this.openWorkbook(flags)
    const sources = await listSources(workbook.paths.data)
    if (args.id === undefined) {
      const warnings = [
        ...(await warnOfAccounts(workbook, sources)),
        ...(await warnOfTwice(workbook, sources)),
        ...sources.flatMap(source => describeOtherCurrencies(source, workbook.config.currency)),
      ]
      return this.show({ sources: sources.map(sourceRow), warnings }, renderSources(sources, this.style))
    }
    const source = findSource(sources, args.id, 'whyslow sources')
    const rejects = await readRejects(workbook.paths.data, source.id, source.rejected)
    const text = renderRejects(source, rejects, flags.limit, this.style)
    return this.show({ sources: [sourceRow(source)], rejects, warnings: [] }, text)
  }
}
