import { Flags } from '@oclif/core'
import { BaseCommand, sliceFlags, subjectArg } from '../base-command.js'
import { type Look as Figures, look } from '../evidence/look.js'
import { renderLook } from '../reports/look.js'
import { nextStep } from '../steps/next-step.js'
import { resolveSubject, type Subject } from '../steps/resolve-subject.js'
import { parseDuration } from '../units.js'
import type { WorkbookConfig } from '../workbook/config.js'

type Result = { route: string | null; story: string | null } & Figures

export default class Look extends BaseCommand {
  static override summary = 'One route in full: how long it takes, when it is slow, and for whom.'
  static override description = [
    'The whole distribution on a log axis with its peaks, what its shape usually means, and the command that goes on from there; the share',
    'of requests and of customers under each threshold; outcomes; the hours and days on which it is slow; and the accounts, clients',
    'and instances that see most of it. A request is under a threshold when it ended well in less; a customer is, when at least 75% of',
    'their own requests are. Where over 0.5% of the requests never finished, the time to an answer is estimated beside the measured',
    'durations (Kaplan–Meier), with bounds. With ten days of data or more it says from which day on another share was good: levels of at',
    'least five days, further apart than in all but 5% of 1,000 random orders of two-day blocks; and what was deployed then.',
    'A story’s id shows the requests that the story is about.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id'`,
    `<%= config.bin %> <%= command.id %> 'GET /orders/:id' --under 300ms --last 7d`,
    '<%= config.bin %> <%= command.id %> slow-orders',
  ]
  static override args = { subject: subjectArg }
  static override flags = {
    ...sliceFlags,
    under: Flags.string({
      description: 'Target to judge by, e.g. 500ms (else the story’s, the route’s, the workbook’s)',
    }),
    limit: Flags.integer({ description: 'Accounts, clients and instances to show', default: 5, min: 1 }),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Look)
    const under_ms = flags.under === undefined ? null : parseDuration(flags.under)
    const workbook = await this.openWorkbook(flags)
    const { config } = workbook
    const [subject, figures] = await this.withStore(workbook, async store => {
      const subject = await resolveSubject(
        workbook,
        store,
        args.subject,
        this.readSlice(workbook, store, flags),
      )
      const options = {
        under_ms: under_ms ?? subject.under_ms,
        timezone: config.timezone,
        limit: flags.limit,
        objective: config.objective,
      }
      return [subject, await look(store, subject.slice, options)] as const
    })
    const targetFrom = under_ms === null ? describeTarget(subject, config) : 'asked for'
    const next = nextStep(figures, subject)
    const text = renderLook(subject.title, figures, this.style, { ...config, targetFrom, next })
    const shape = figures.shape && { ...figures.shape, next }
    return this.show({ route: subject.route, story: subject.story, ...figures, shape }, text)
  }
}

function describeTarget(subject: Subject, config: WorkbookConfig): string {
  if (subject.targetFrom !== 'workbook') return `of the ${subject.targetFrom}`
  return config.targets.isSet ? 'of the workbook' : 'assumed, since whyslow.yaml names none'
}
