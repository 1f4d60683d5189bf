import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderTimeboxes } from '../../reports/stories.js'
import { findRunningStory } from '../../steps/find-running-story.js'
import { extendTimebox, findRunning, readTimebox, type TimeboxStatus } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'

export default class TimeboxExtend extends BaseCommand {
  static override summary = 'Give a running timebox more time, with the reason.'
  static override description =
    'The reason is kept in the story: whoever reads it later sees what the time was thought to bring.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders --by 30m --reason "the slow query is known, its caller is not"',
  ]
  static override args = {
    story: Args.string({ description: 'Id of the story (the one with a running timebox)' }),
  }
  static override flags = {
    by: Flags.string({ description: 'How much longer, such as 30m', required: true }),
    reason: Flags.string({ description: 'What more time is for', required: true }),
  }

  async run(): Promise<TimeboxStatus> {
    const { args, flags } = await this.parse(TimeboxExtend)
    const now = new Date()
    const found = await findRunningStory(await this.openWorkbook(flags), args.story, 'extend')
    const { frontMatter } = await updateStory(found, story =>
      extendTimebox(story, flags.by, flags.reason, now),
    )
    const status = readTimebox(frontMatter, findRunning(frontMatter)!, now)
    return this.show(status, renderTimeboxes([status], this.style))
  }
}
