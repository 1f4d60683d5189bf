import { randomBytes } from 'node:crypto'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { exportMarkdown, type MarkdownExport } from '../../steps/export-markdown.js'

export default class ExportMarkdown extends BaseCommand {
  static override summary =
    'Stories as tickets: what is slow, for whom, since when, what is known and what is not.'
  static override description =
    `Nothing in a ticket names a customer, an address or a secret: names become stable pseudonyms, unless
redact.allow in whyslow.yaml lists them, and small counts of customers become “fewer than k”. The story itself stays as
it is: whyslow story show.

A workbook may have its own ticket text in templates/ticket.md.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders-id',
    '<%= config.bin %> <%= command.id %> get-orders-id get-search --out tickets/',
  ]
  static override strict = false
  static override args = {
    story: Args.string({ description: 'Ids of the stories', required: true }),
  }
  static override flags = {
    out: Flags.string({
      description: 'Write to this file, or for each story to a file in this folder',
      helpValue: 'PATH',
    }),
  }

  protected override readonly repeatsItself = false

  async run(): Promise<MarkdownExport> {
    const { flags, argv } = await this.parse(ExportMarkdown)
    const workbook = await this.openWorkbook(flags)
    const result = await this.withStore(workbook, store =>
      exportMarkdown(workbook, store, {
        stories: argv as string[],
        out: flags.out ?? null,
        cwd: process.cwd(),
        makeSalt: () => randomBytes(32).toString('hex'),
        onProgress: (story, part) => this.report(story, part),
      }),
    )
    const took = result.redacted.map(({ kind, count }) => `${count} × ${kind}`).join(', ')
    if (took !== '') this.note(`Taken out: ${took}`)
    const text = result.exports.map(({ file, markdown }) => file ?? markdown)
    return this.show(result, text.join('\n'))
  }
}
