import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { escapeTerminal } from '../../reports/escape.js'
import { describeEmptyArms } from '../../steps/empty-arms.js'
import { readArms } from '../../steps/read-arms.js'
import { checkWhere } from '../../store/where.js'
import { addHypothesis, type NewHypothesis } from '../../stories/hypotheses.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryHypothesis } from '../../stories/schema.js'
import { updateStory } from '../../stories/write-story.js'
import { parseDuration, parseShareChange } from '../../units.js'
import type { Warning } from '../../warnings.js'

export default class HypothesisNew extends BaseCommand {
  static override summary = 'Write down a claim and what it predicts, before its data is looked at.'
  static override description = [
    'The prediction is that the share of good requests goes up, by at least --smallest. Two designs:',
    'a canary beside a baseline at the same time (--where-before, --where-after), which needs hours, or',
    'before and after a moment (--before, --after), which needs days: at least 3 on each side.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> get-orders --claim "one lookup per order is what is slow" --where-before "upstream = '10.0.0.1:80'" --where-after "upstream = '10.0.0.2:80'"`,
    '<%= config.bin %> <%= command.id %> get-orders --claim "the new index" --before 2026-10-01..2026-10-08 --after 2026-10-08..2026-10-15 --smallest 5pp',
  ]
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    claim: Flags.string({ description: 'What you believe is the cause', required: true }),
    before: Flags.string({ description: 'Time of the side before: FROM..TO' }),
    after: Flags.string({ description: 'Time of the side after: FROM..TO' }),
    'where-before': Flags.string({ description: 'Requests of the baseline', dependsOn: ['where-after'] }),
    'where-after': Flags.string({ description: 'Requests of the canary', dependsOn: ['where-before'] }),
    under: Flags.string({ description: 'The threshold, if not the target of the story or its route' }),
    smallest: Flags.string({
      description: 'The smallest change worth having, such as 5pp (percentage points)',
    }),
    direction: Flags.string({
      description: 'Where the share of good requests is predicted to go',
      options: ['up', 'down'],
      default: 'up',
    }),
  }

  async run(): Promise<StoryHypothesis & { story: string; warnings: Warning[] }> {
    const { args, flags } = await this.parse(HypothesisNew)
    const arms = readArms(flags)
    if (arms === null) throw withoutSides()
    const workbook = await this.openWorkbook(flags)
    const story = await readStory(workbook, args.story)
    const warnings = await this.withStore(workbook, async store => {
      for (const { where } of [arms.before, arms.after]) if (where !== null) await checkWhere(store, where)
      return describeEmptyArms(store, story, arms, workbook.config.cohort ?? null)
    })
    if (flags.under) parseDuration(flags.under)
    const wanted: NewHypothesis = {
      claim: flags.claim,
      direction: flags.direction === 'down' ? 'down' : 'up',
      smallest: flags.smallest ? parseShareChange(flags.smallest) : null,
      under: flags.under ?? null,
      ...arms,
    }
    const changed = await updateStory(story, frontMatter => addHypothesis(frontMatter, wanted, new Date()))
    const hypothesis = changed.frontMatter.hypotheses.at(-1)!
    return this.show(
      { ...hypothesis, story: story.id, warnings },
      `${hypothesis.id} of ${story.id} is registered: ${escapeTerminal(hypothesis.claim)}\nTest it: whyslow hypothesis test ${story.id} --hypothesis ${hypothesis.id}`,
    )
  }
}

function withoutSides(): WhyslowError {
  return new WhyslowError('A hypothesis names the two sides that it compares.', {
    next: [
      `Side by side: --where-before "upstream = '…'" --where-after "upstream = '…'"`,
      'Apart in time: --before FROM..TO --after FROM..TO',
    ],
  })
}
