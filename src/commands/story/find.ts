import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderFound } from '../../reports/stories.js'
import { type FoundStories, findStories } from '../../steps/find-stories.js'

export default class StoryFind extends BaseCommand {
  static override summary = 'Do we know about this? Ask with words, a URL or a customer.'
  static override description =
    'Says which story it is, how many customers have it, and where it can be followed. The exit code is 2 when no story is found and some couldn’t be read.'
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> https://shop.example.com/products/381',
    '<%= config.bin %> <%= command.id %> monthly report takes forever',
    '<%= config.bin %> <%= command.id %> juniper lighting',
  ]
  static override args = {
    words: Args.string({
      description: 'Words, a URL, or the id, the name or a part of the name of a customer',
      required: true,
    }),
  }

  async run(): Promise<FoundStories> {
    const { argv, flags } = await this.parse(StoryFind)
    const workbook = await this.openWorkbook(flags)
    const found = await this.withStore(workbook, store =>
      findStories(workbook, store, (argv as string[]).join(' ')),
    )
    // One of those that can't be read may be about it.
    if (found.stories.length === 0 && !found.isComplete) process.exitCode = 2
    return this.show(found, renderFound(found, this.style))
  }
}
