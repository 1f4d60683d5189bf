import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { renderLastTimebox } from '../../reports/stories.js'
import { findRunningStory } from '../../steps/find-running-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import { type Lessons, stopTimebox } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'

export default class TimeboxStop extends BaseCommand {
  static override summary = 'Stop a timebox with what was learned and what was ruled out.'
  static override description = 'On a terminal it asks, when --learned is left out.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders --learned "one lookup per order" --ruled-out "the database: idle" --effort 2d',
  ]
  static override args = {
    story: Args.string({ description: 'Id of the story (the one with a running timebox)' }),
  }
  static override flags = {
    learned: Flags.string({ description: 'What was learned' }),
    'ruled-out': Flags.string({ description: 'What it is not' }),
    effort: Flags.string({ description: 'What a fix may take, such as 2d' }),
  }

  async run(): Promise<StoryFrontMatter> {
    const { args, flags } = await this.parse(TimeboxStop)
    const workbook = await this.openWorkbook(flags)
    const story = await findRunningStory(workbook, args.story, 'stop')
    const lessons = await this.askLessons({
      learned: flags.learned ?? '',
      ruledOut: flags['ruled-out'] ?? null,
      effort: flags.effort ?? null,
    })
    const stopped = await updateStory(story, frontMatter => stopTimebox(frontMatter, lessons, new Date()))
    return this.show(stopped.frontMatter, renderLastTimebox(stopped.frontMatter))
  }

  private async askLessons(given: Lessons): Promise<Lessons> {
    if (given.learned.trim() !== '') return given
    if (!this.canAsk) {
      throw new WhyslowError('A timebox ends with a line on what was learned.', {
        next: ['whyslow timebox stop --learned "…" --ruled-out "…"'],
      })
    }
    const [learned = '', ruledOut = '', effort = ''] = await this.ask([
      'What was learned?',
      'What was ruled out?',
      'What would a fix take?',
    ])
    return { learned, ruledOut: given.ruledOut || ruledOut, effort: given.effort || effort }
  }
}
