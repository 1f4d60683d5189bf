import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { escapeTerminal } from '../../reports/escape.js'
import { attachFile } from '../../stories/attach-file.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryAttachment, StoryFrontMatter } from '../../stories/schema.js'
import { isoSeconds } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'

export default class StoryAttach extends BaseCommand {
  static override summary = 'File a video, a picture or a link with a story.'
  static override description =
    `A file is copied beside the story. What shows the customer's experience answers the question “can we show it?”.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders slow-orders.mp4 --note "19 s until the list shows"',
    '<%= config.bin %> <%= command.id %> get-orders https://videos.example.com/123',
  ]
  static override args = {
    story: Args.string({ description: 'Id of the story', required: true }),
    file: Args.string({ description: 'A file, or a URL', required: true }),
  }
  static override flags = { note: Flags.string({ description: 'What it shows' }) }

  async run(): Promise<StoryFrontMatter> {
    const { args, flags } = await this.parse(StoryAttach)
    const story = await readStory(await this.openWorkbook(flags), args.story)
    const added = isoSeconds(new Date())
    const isUrl = /^https?:\/\//.test(args.file)
    const file = isUrl ? null : await attachFile(story.file, path.resolve(args.file))
    const attachment: StoryAttachment = {
      file,
      url: isUrl ? args.file : null,
      added,
      note: flags.note ?? null,
    }
    const changed = await updateStory(story, frontMatter => {
      const { questions } = frontMatter
      const shown =
        questions.shown === 'unknown'
          ? { value: file ?? args.file, unit: null, source: 'person' as const, evidence: [], at: added }
          : questions.shown
      return {
        ...frontMatter,
        attachments: [...frontMatter.attachments, attachment],
        questions: { ...questions, shown },
      }
    })
    return this.show(changed.frontMatter, `Filed with ${story.id}: ${escapeTerminal(file ?? args.file)}`)
  }
}
