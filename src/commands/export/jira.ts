import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { describeRedacted, renderTicketRun } from '../../reports/exported-tickets.js'
import { runTickets, type TicketsData } from '../../steps/run-tickets.js'

export default class ExportJira extends BaseCommand {
  static override summary = 'Stories as Jira issues: one each, made once and kept up to date.'
  static override description =
    `Of an issue whyslow owns one comment and the fields that trackers.jira maps in whyslow.yaml; the description is
written once, and is people’s from then on. What didn’t change isn’t written. The token is JIRA_API_TOKEN with
JIRA_EMAIL, JIRA_TOKEN for Data Center, or what trackers.jira.token_command prints. Attached are a chart, the profiles
with their flame graphs, and the whole text. Names of customers, addresses and secrets are taken out of all that is sent,
files too; see export markdown. A file that they can’t be taken out of keeps its story here.

With --pull, the status, the assignee and the closing date go into the story’s links, and comments that begin with
“whyslow:” become notes.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders-id --dry-run',
    '<%= config.bin %> <%= command.id %> get-orders-id get-search',
    '<%= config.bin %> <%= command.id %> --all --pull',
  ]
  static override args = {
    story: Args.string({ description: 'Ids of the stories', multiple: true, ignoreStdin: true }),
  }
  static override flags = {
    all: Flags.boolean({
      description: 'All stories that weren’t dismissed; with --pull, all that have a ticket',
    }),
    'dry-run': Flags.boolean({
      description: 'Show the requests that would be sent and what was taken out of them, and send none',
    }),
    repair: Flags.boolean({
      description: 'Put back what whyslow wrote, where somebody removed or changed it',
    }),
    pull: Flags.boolean({
      description: 'Bring back how the tickets stand and what was noted there; write nothing to them',
      exclusive: ['dry-run', 'repair'],
    }),
  }

  protected override readonly repeatsItself = false

  async run(): Promise<TicketsData> {
    const { args, flags } = await this.parse(ExportJira)
    const workbook = await this.openWorkbook(flags)
    const { data, errors } = await this.withProgress(() =>
      runTickets(workbook, {
        tracker: 'jira',
        stories: args.story ?? [],
        all: flags.all,
        repair: flags.repair,
        pull: flags.pull,
        isDryRun: flags['dry-run'],
        makeSalt: () => randomBytes(32).toString('hex'),
        home: homedir(),
        run: { env: process.env, signal: this.signal },
        onProgress: (story, part) => this.report(story, part),
        withStore: work => this.withStore(workbook, work),
      }),
    )
    for (const error of errors) this.complain(error)
    if (data.redacted.length > 0 && !flags['dry-run']) this.note(describeRedacted(data.redacted))
    return this.show(data, renderTicketRun(data, this.style))
  }
}
