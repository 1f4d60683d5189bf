import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderFound } from '../../reports/stories.js'
import { type FoundStories, findStories } from '../../steps/find-stories.js'

export default class StoryFind extends BaseCommand {
  static override summary = 'Do we know about this? Ask with words, a URL or a customer.'
  static override description =
    'Says which story it is, how many customers have it, and where it can be followed.'
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> https://shop.example.com/orders/17',
    '<%= config.bin %> <%= command.id %> monthly report takes forever',
    '<%= config.bin %> <%= command.id %> 1042',
  ]
  static override args = {
    words: Args.string({ description: 'Words, a URL, or the id or name of a customer', required: true }),
  }

  async run(): Promise<FoundStories> {
    const { argv, flags } = await this.parse(StoryFind)
    const workbook = await this.openWorkbook(flags)
    const found = await this.withStore(workbook, store =>
      findStories(workbook, store, (argv as string[]).join(' ')),
    )
    return this.show(found, renderFound(found, this.style))
  }
}
