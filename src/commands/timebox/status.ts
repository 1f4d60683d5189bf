import { BaseCommand } from '../../base-command.js'
import { renderTimeboxes } from '../../reports/stories.js'
import { listStories } from '../../stories/read-story.js'
import { findRunning, readTimebox, type TimeboxStatus } from '../../stories/timeboxes.js'

export default class TimeboxShow extends BaseCommand {
  static override summary = 'The running timeboxes, and how much time is left.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<{ timeboxes: TimeboxStatus[] }> {
    const { flags } = await this.parse(TimeboxShow)
    const now = new Date()
    const { stories } = await listStories(await this.openWorkbook(flags))
    const timeboxes = stories.flatMap(({ frontMatter }) => {
      const running = findRunning(frontMatter)
      return running ? [readTimebox(frontMatter, running, now)] : []
    })
    return this.show({ timeboxes }, renderTimeboxes(timeboxes, this.style))
  }
}
