import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderTest } from '../../reports/hypothesis-test.js'
import { type HypothesisTest as Result, testHypothesis } from '../../steps/test-hypothesis.js'

export default class HypothesisTest extends BaseCommand {
  static override summary = 'Confirm or disprove a hypothesis with the data.'
  static override description = [
    'Compares the share of good requests of both sides. Requests of one customer are never taken as independent, and',
    `days that both sides don't share count as such. A disproved hypothesis is a good result: it is written into the story.`,
    'A result is exploratory, and can disprove but not confirm, where the side after (both sides, where they run side by side) holds',
    'requests that are older than the hypothesis, or where its prediction, threshold or sides were edited: that registers it anew.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders',
    '<%= config.bin %> <%= command.id %> get-orders --hypothesis h2 --check',
  ]
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    hypothesis: Flags.string({ description: 'Id of the hypothesis (the newest)' }),
    check: Flags.boolean({ description: "Exit with 1 when disproved, 3 when it can't be told yet" }),
    'since-registered': Flags.boolean({
      description:
        'Count only requests that came after the hypothesis: of both sides, where they run side by side',
    }),
    'all-traffic': Flags.boolean({ description: `Don't narrow to the workbook's target cohort` }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(HypothesisTest)
    const workbook = await this.openWorkbook(flags)
    const cohort = flags['all-traffic'] ? null : (workbook.config.cohort ?? null)
    const result = await this.withStore(workbook, store =>
      testHypothesis(workbook, store, {
        story: args.story,
        hypothesis: flags.hypothesis,
        cohort,
        sinceRegistered: flags['since-registered'],
        now: new Date(),
      }),
    )
    if (flags.check && result.judged !== 'confirmed') process.exitCode = result.judged === 'disproved' ? 1 : 3
    return this.show(result, renderTest(result, this.style))
  }
}
