import { Args, Flags } from '@oclif/core'
import { BaseCommand, sliceFlags } from '../base-command.js'
import { WhyslowError } from '../errors.js'
import type { Tolerance as Result } from '../evidence/tolerance.js'
import { renderTolerance } from '../reports/tolerance.js'
import { toleranceOfPage } from '../steps/tolerance-of-page.js'

export default class Tolerance extends BaseCommand {
  static override summary =
    'How slow a page may be before its sessions end: from where getting faster pays, down to where, and whether it stops there.'
  static override description = [
    'Joins analytics with latency: of the sessions that saw the page, the share that goes on afterwards, against how long the first view took.',
    'That is the load time of the page’s beacon, else the duration of the request for it by the same client or account, nearest in time.',
    'Fast and slow clients also differ in device, network, country and plan. So the visits of the same client are compared with each other',
    '(fixed effects), beside the differences between clients. Where the two disagree, or only clients differ, the result is confounded:',
    'no gain is claimed and no money. What else changes from visit to visit, such as the hour, isn’t held; the experiment that is proposed',
    'settles that. Exits with 3 where there is too little to tell.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> 'GET /orders'`,
    '<%= config.bin %> <%= command.id %> /products/:id --goal convert --event purchase --value 35',
    '<%= config.bin %> <%= command.id %> /products/:id --metric lcp --goal return',
  ]
  static override args = {
    subject: Args.string({
      description: 'A route as overview names it, the path template of a page, or the id of a story',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    goal: Flags.option({
      description:
        'What a session does that goes on: view another page within 30 min, convert within 4 h (see --event), or return: the same client begins another session within 7 d',
      options: ['continue', 'convert', 'return'] as const,
      default: 'continue' as const,
    })(),
    event: Flags.string({
      description: 'The event of --goal convert, as the analytics call it',
      default: 'purchase',
    }),
    metric: Flags.option({
      description: 'What the latency is of (a page’s load where there are beacons, else the request)',
      options: ['load', 'lcp', 'fcp', 'ttfb', 'inp', 'request'] as const,
    })(),
    value: Flags.string({
      description: 'What one more session that goes on is worth, in the workbook’s currency, e.g. 35',
      helpValue: 'AMOUNT',
    }),
    seed: Flags.integer({ description: 'Of the draws behind the interval of a gain', default: 1, min: 0 }),
    ...sliceFlags,
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Tolerance)
    const { goal, event, seed, metric = null } = flags
    const value = flags.value === undefined ? null : parseAmount(flags.value)
    const workbook = await this.openWorkbook(flags)
    const result = await this.withStore(workbook, store => {
      const slice = this.readSlice(workbook, store, flags)
      return toleranceOfPage(workbook, store, {
        subject: args.subject,
        slice,
        goal,
        event,
        metric,
        value,
        seed,
      })
    })
    if (result.verdict === 'cannot tell') process.exitCode = 3
    return this.show(
      result,
      renderTolerance(result, this.style, { currency: workbook.config.currency, event }),
    )
  }
}

/** Larger ones could become infinite where they are added up. */
const MOST = Number.MAX_SAFE_INTEGER

function parseAmount(text: string): number {
  const amount = Number(text)
  if (/^\d+(\.\d+)?$/.test(text.trim()) && amount > 0 && amount <= MOST) return amount
  throw new WhyslowError(`--value: expected an amount such as 35 or 2.50, found “${text}”.`)
}
