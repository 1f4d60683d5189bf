import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { escapeTerminal } from '../../reports/escape.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import { splitStoryInto } from '../../stories/split-off.js'
import { createStory } from '../../stories/write-story.js'

export default class StorySplit extends BaseCommand {
  static override summary = 'Break isolated fixes out of a story, each into a story of its own.'
  static override description =
    'The new stories name the one that they come from and share its requests; evidence and timeboxes stay where they were made.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders --title "One query for all orders" --title "Page the list of orders"',
  ]
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    title: Flags.string({
      description: 'Title of a new story',
      multiple: true,
      multipleNonGreedy: true,
      required: true,
    }),
  }

  async run(): Promise<{ stories: StoryFrontMatter[] }> {
    const { args, flags } = await this.parse(StorySplit)
    const workbook = await this.openWorkbook(flags)
    const parent = await readStory(workbook, args.story)
    const stories: StoryFrontMatter[] = []
    for (const title of flags.title) {
      stories.push(
        (await createStory(workbook, splitStoryInto(parent.frontMatter, title, new Date()))).frontMatter,
      )
    }
    return this.show(
      { stories },
      stories.map(story => `${story.id}: ${escapeTerminal(story.title)}`).join('\n'),
    )
  }
}
