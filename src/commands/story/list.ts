import { Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderStoryList } from '../../reports/stories.js'
import { describeUnreadable } from '../../steps/unreadable-stories.js'
import { listStories } from '../../stories/read-story.js'
import { STATUSES, type StoryFrontMatter } from '../../stories/schema.js'
import type { Warning } from '../../warnings.js'

interface Result {
  stories: StoryFrontMatter[]
  warnings: Warning[]
}

export default class StoryList extends BaseCommand {
  static override summary = 'The stories of the workbook.'
  static override description =
    'With the exit code 2 when the file of a story has a mistake; the others are listed all the same.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --status investigating',
  ]
  static override flags = {
    status: Flags.string({
      description: 'Only stories in this state',
      options: [...STATUSES],
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  async run(): Promise<Result> {
    const { flags } = await this.parse(StoryList)
    const { stories, problems } = await listStories(await this.openWorkbook(flags))
    const shown = stories
      .map(story => story.frontMatter)
      .filter(story => !flags.status || flags.status.includes(story.status))
    if (problems.length > 0) process.exitCode = 2
    const text = renderStoryList(shown, this.style, flags.status)
    return this.show({ stories: shown, warnings: describeUnreadable(problems) }, text)
  }
}
