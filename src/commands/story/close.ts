import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { renderComparison } from '../../reports/comparison.js'
import { type MeasuredOutcome, measureOutcome } from '../../steps/measure-outcome.js'
import { parseWindow } from '../../store/slice.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import { isoSeconds } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'

const OPEN = { from: null, to: null }

export default class StoryClose extends BaseCommand {
  static override summary = 'Close a story with its measured outcome.'
  static override description =
    `--measure compares the story's requests before and after its fix was deployed (see story set --fix),
else the two arms of its last hypothesis. Both sides can be named. Without --measure a --note says why it is closed.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders --measure',
    '<%= config.bin %> <%= command.id %> get-orders --measure --before 2026-10-01..2026-10-08 --after 2026-10-12..2026-10-19',
    '<%= config.bin %> <%= command.id %> get-orders --note "the page was removed"',
  ]
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    measure: Flags.boolean({ description: 'Measure before and after, and write it down' }),
    before: Flags.string({ description: 'Time of the side before: FROM..TO', dependsOn: ['measure'] }),
    after: Flags.string({ description: 'Time of the side after: FROM..TO', dependsOn: ['measure'] }),
    'where-before': Flags.string({
      description: 'Requests of the side before, when both sides run at once',
      dependsOn: ['measure', 'where-after'],
    }),
    'where-after': Flags.string({
      description: 'Requests of the side after',
      dependsOn: ['measure', 'where-before'],
    }),
    note: Flags.string({ description: 'Why it is closed' }),
    'all-traffic': Flags.boolean({ description: `Don't narrow to the workbook's target cohort` }),
  }

  async run(): Promise<MeasuredOutcome | StoryFrontMatter> {
    const { args, flags } = await this.parse(StoryClose)
    const workbook = await this.openWorkbook(flags)
    const now = new Date()
    const story = await readStory(workbook, args.story)
    if (!flags.measure) {
      if (!flags.note)
        throw new WhyslowError('A story is closed with its measured outcome, or with the reason.', {
          next: [
            `whyslow story close ${args.story} --measure`,
            `whyslow story close ${args.story} --note "…"`,
          ],
        })
      const text = flags.note
      const closed = await updateStory(story, frontMatter => ({
        ...frontMatter,
        status: 'closed',
        notes: [...frontMatter.notes, { at: isoSeconds(now), text }],
      }))
      return this.show(closed.frontMatter, `${story.id} is closed.`)
    }
    const sides = flags.before || flags.after || flags['where-before']
    const arms = sides
      ? {
          design: flags['where-before'] ? ('canary' as const) : ('before-after' as const),
          before: {
            where: flags['where-before'] ?? null,
            ...(flags.before ? parseWindow(flags.before) : OPEN),
          },
          after: { where: flags['where-after'] ?? null, ...(flags.after ? parseWindow(flags.after) : OPEN) },
        }
      : null
    const cohort = flags['all-traffic'] ? null : (workbook.config.cohort ?? null)
    const outcome = await this.withStore(workbook, store =>
      measureOutcome(workbook, store, {
        story: args.story,
        arms,
        slice: { where: null, from: null, to: null, cohort },
        now,
        close: true,
      }),
    )
    return this.show(
      outcome,
      `${renderComparison(outcome, this.style)}\n\n${story.id} is closed with this outcome.`,
    )
  }
}
