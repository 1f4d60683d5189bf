import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderTimeboxes } from '../../reports/stories.js'
import { readStory } from '../../stories/read-story.js'
import { findRunning, readTimebox, startTimebox, type TimeboxStatus } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'

export default class TimeboxStart extends BaseCommand {
  static override summary = 'Start a timebox: a budget of time for looking into one story.'
  static override description = [
    'The goal is to gauge what is slow and what a fix may take, not to fix it. Captures that are taken until',
    'it is stopped are filed in it.',
  ].join(' ')
  static override examples = ['<%= config.bin %> <%= command.id %> get-orders --for 90m']
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    for: Flags.string({ description: `Budget, such as 90m or 2h (the workbook's timebox)` }),
  }

  async run(): Promise<TimeboxStatus> {
    const { args, flags } = await this.parse(TimeboxStart)
    const workbook = await this.openWorkbook(flags)
    const now = new Date()
    const budget = flags.for ?? `${workbook.config.timebox / 60_000}m`
    const story = await updateStory(await readStory(workbook, args.story), frontMatter =>
      startTimebox(frontMatter, budget, now),
    )
    const status = readTimebox(story.frontMatter, findRunning(story.frontMatter)!, now)
    return this.show(status, renderTimeboxes([status], this.style))
  }
}
