import { BaseCommand } from '../../base-command.js'
import { renderTimeboxes } from '../../reports/stories.js'
import { describeUnreadable } from '../../steps/unreadable-stories.js'
import { listStories } from '../../stories/read-story.js'
import { findRunning, readTimebox, type TimeboxStatus } from '../../stories/timeboxes.js'
import type { Warning } from '../../warnings.js'

interface Result {
  timeboxes: TimeboxStatus[]
  warnings: Warning[]
}

export default class TimeboxShow extends BaseCommand {
  static override summary = 'The running timeboxes, and how much time is left.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  protected override readonly notesOverdue = false

  async run(): Promise<Result> {
    const { flags } = await this.parse(TimeboxShow)
    const now = new Date()
    const { stories, problems } = await listStories(await this.openWorkbook(flags))
    const timeboxes = stories.flatMap(({ frontMatter }) => {
      const running = findRunning(frontMatter)
      return running ? [readTimebox(frontMatter, running, now)] : []
    })
    const text = renderTimeboxes(timeboxes, this.style)
    return this.show({ timeboxes, warnings: describeUnreadable(problems) }, text)
  }
}
