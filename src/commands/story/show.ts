import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderStory } from '../../reports/stories.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'

export default class StoryShow extends BaseCommand {
  static override summary = 'One story: its questions, evidence, timeboxes, hypotheses and outcome.'
  static override description = 'With --json: the front matter of the story as data.'
  static override examples = ['<%= config.bin %> <%= command.id %> get-orders']
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }

  async run(): Promise<StoryFrontMatter> {
    const { args, flags } = await this.parse(StoryShow)
    const { frontMatter, shown } = await readStory(await this.openWorkbook(flags), args.story)
    return this.show(frontMatter, `${renderStory(frontMatter, this.style)}\n\n${shown}`)
  }
}
