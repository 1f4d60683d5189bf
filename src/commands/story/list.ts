import { Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderStoryList } from '../../reports/stories.js'
import { listStories } from '../../stories/read-story.js'
import { STATUSES, type StoryFrontMatter } from '../../stories/schema.js'

export default class StoryList extends BaseCommand {
  static override summary = 'The stories of the workbook.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --status investigating',
  ]
  static override flags = {
    status: Flags.string({
      description: 'Only stories in this state',
      options: [...STATUSES],
      multiple: true,
    }),
  }

  async run(): Promise<{ stories: StoryFrontMatter[] }> {
    const { flags } = await this.parse(StoryList)
    const { stories, problems } = await listStories(await this.openWorkbook(flags))
    const shown = stories
      .map(story => story.frontMatter)
      .filter(story => !flags.status || flags.status.includes(story.status))
    this.show({ stories: shown }, renderStoryList(shown, this.style))
    if (problems[0]) throw problems[0]
    return { stories: shown }
  }
}
