import { Flags } from '@oclif/core'
import { BaseCommand, sliceFlags } from '../base-command.js'
import { WhyslowError } from '../errors.js'
import { type ShownNext as Result, renderNext } from '../reports/next.js'
import { describeNext } from '../steps/describe-next.js'
import { planNext } from '../steps/plan-next.js'
import { readStory } from '../stories/read-story.js'
import { HOUR_MS, parseDuration, parseWork } from '../units.js'

export default class Next extends BaseCommand {
  static override summary =
    'What to do next: which stories certainly come before which, and what to start with.'
  static override description = [
    'All open stories are measured over the same time, the newest 28 days of data unless you say otherwise: customers hit, what they pay, requests',
    'that were not good, tickets, and error budget spent. Unless next: in whyslow.yaml says otherwise, a story’s score is the sum of these, each as its',
    'share of the sum over the stories, × confidence / effort; of these it counts what a fix would take away, shrunk by what earlier promises kept.',
    'A story is above another only where the interval of their difference, which holds for all pairs at once (5%), excludes 0. The others can’t be',
    'told apart: that is no tie, and more data or an answer may settle it. What isn’t known is never taken as 0: it makes intervals wider.',
    'Customers are what is counted, and those whom two stories share aren’t counted twice; under six customers hit say nothing. The 5% is',
    'exceeded where a story hits few customers very hard, since it looks too small while such a customer is missing: of simulated backlogs of equal',
    'stories up to 11% got an order.',
    'Within the time there is, it proposes a fix that is ready (status confirmed or fixing, or a confirmed hypothesis), or the investigation whose answers',
    'would raise the score of what comes first the most, on average. Where that is worth less than looking takes, the story that comes first anyhow is to be confirmed.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --for 2d',
    '<%= config.bin %> <%= command.id %> --timebox 90m --last 7d',
    '<%= config.bin %> <%= command.id %> --explain get-orders',
  ]
  static override flags = {
    for: Flags.string({
      description:
        'The work that there is time for: 3h, 2d of 8 hours, 1w of 5 days. Only a fix that fits is proposed',
      helpValue: 'WORK',
    }),
    timebox: Flags.string({
      description:
        'The time for an investigation, or for a fix without --for: 90m (the workbook’s timebox, at most --for)',
      helpValue: 'TIME',
    }),
    explain: Flags.string({
      description: 'The story whose figures are explained, with their sources (what is proposed)',
      helpValue: 'STORY',
    }),
    limit: Flags.integer({ description: 'Stories in the table', default: 10, min: 1 }),
    seed: Flags.integer({ description: 'Of all draws', default: 1 }),
    ...sliceFlags,
  }

  async run(): Promise<Result> {
    const { flags } = await this.parse(Next)
    const { seed, limit, explain = null } = flags
    const for_h = flags.for === undefined ? null : parseWork(flags.for)
    const timebox_h = flags.timebox === undefined ? null : readTimebox(flags.timebox)
    const workbook = await this.openWorkbook(flags)
    if (explain !== null) await readStory(workbook, explain)
    const planned = await this.withStore(workbook, store => {
      const slice = this.readSlice(workbook, store, flags)
      return planNext(workbook, store, { slice, for_h, timebox_h, seed })
    })
    const result = describeNext(planned, seed)
    if (result.warnings.some(({ code }) => code === 'story-unreadable')) process.exitCode = 2
    return this.show(result, renderNext(result, this.style, { limit, explain }))
  }
}

/** Hours. */
function readTimebox(text: string): number {
  const time_ms = parseDuration(text)
  if (!(time_ms > 0)) throw new WhyslowError(`Expected a time such as 45m or 1h30m, found “${text}”.`)
  return time_ms / HOUR_MS
}
