import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { renderComparison } from '../../reports/comparison.js'
import { renderPromised } from '../../reports/promise-words.js'
import { readMixColumns } from '../../steps/hold-mix.js'
import { closeWithNote, type MeasuredOutcome, measureOutcome } from '../../steps/measure-outcome.js'
import { readArms } from '../../steps/read-arms.js'
import type { StoryFrontMatter } from '../../stories/schema.js'

const GOT_WORSE = 1
/** The exit code of a question that can't be answered yet. */
const CANNOT_TELL = 3

export default class StoryClose extends BaseCommand {
  static override summary = 'Close a story with its measured outcome.'
  static override description = [
    `--measure compares the story's requests before and after its fix was deployed (see story set --fix), else the two`,
    `arms of its confirmed hypothesis. Both sides can be named. It is measured as it was promised, by the threshold of the hypothesis or`,
    `the prediction that was made before the fix, and says what part of the promise came; whyslow ledger adds that up. While the outcome`,
    `can't be told (exit code 3), or is worse (exit code 1), the story stays open, unless a --note says why it doesn't matter;`,
    `one that is closed already keeps the outcome that it has.`,
    `Without --measure, the note says why it is closed.`,
  ].join(' ')
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
    'same-mix': Flags.string({
      description:
        'Compare both sides at one mix of these columns, or none (route, where the requests are of several routes)',
      dependsOn: ['measure'],
    }),
    note: Flags.string({ description: 'Why it is closed' }),
    'all-traffic': Flags.boolean({ description: `Don't narrow to the workbook's target cohort` }),
  }

  async run(): Promise<MeasuredOutcome | StoryFrontMatter> {
    const { args, flags } = await this.parse(StoryClose)
    const workbook = await this.openWorkbook(flags)
    const now = new Date()
    const note = flags.note?.trim() || null
    if (!flags.measure) {
      if (note === null) throw withoutReason(args.story)
      const { frontMatter } = await closeWithNote(workbook, args.story, note, now)
      return this.show(frontMatter, `${args.story} is closed.`)
    }
    const cohort = flags['all-traffic'] ? null : (workbook.config.cohort ?? null)
    const sameMix = readMix(flags['same-mix'])
    const outcome = await this.withStore(workbook, store =>
      measureOutcome(workbook, store, {
        story: args.story,
        arms: readArms(flags),
        cohort,
        sameMix,
        now,
        note,
      }),
    )
    const { status, filed, verdict } = outcome
    const isClosed = status === 'closed' && filed
    if (!isClosed) process.exitCode = verdict === 'worse' ? GOT_WORSE : CANNOT_TELL
    const end = isClosed
      ? `${args.story} is closed with this outcome.`
      : filed
        ? `${args.story} stays open (${status}). To close it all the same: --note "why"`
        : `${args.story} was closed before, and keeps the outcome that it has.\nTo open it again: whyslow story set ${args.story} status=reported`
    const said = renderPromised(outcome.promised, outcome.change, this.style)
    return this.show(
      outcome,
      [renderComparison(outcome, this.style), said, end].filter(text => text !== '').join('\n\n'),
    )
  }
}

/** Null: whatever suits the story's requests. */
function readMix(text: string | undefined): string[] | null {
  if (text === undefined) return null
  return text === 'none' ? [] : readMixColumns(text)
}

function withoutReason(story: string): WhyslowError {
  return new WhyslowError('A story is closed with its measured outcome, or with a note that says why.', {
    next: [`whyslow story close ${story} --measure`, `whyslow story close ${story} --note "…"`],
  })
}
