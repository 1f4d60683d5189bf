import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { escapeTerminal } from '../../reports/escape.js'
import { parseTime } from '../../store/slice.js'
import { checkWhere } from '../../store/where.js'
import { addFix, correctTickets, type NewFix, setValue } from '../../stories/edit-story.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import { updateStory } from '../../stories/write-story.js'
import type { Workbook } from '../../workbook/workbook.js'

export default class StorySet extends BaseCommand {
  static override summary = 'Change values of a story: its status, an answer, a ticket, a fix.'
  static override description = [
    'The file may as well be edited by hand; only the values that you name are changed.',
    `An answer that you set is yours: triage doesn't overwrite it. Set it to unknown to give it back.`,
    'A status that opens a closed story again ends its outcome, which stays in the ledger: the next one is of what is deployed after it.',
    'status=closed takes that back, where nothing was predicted, deployed or measured since.',
  ].join(' ')
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders status=confirmed',
    '<%= config.bin %> <%= command.id %> get-orders blocks="yes, they can\'t check out" under=300ms',
    '<%= config.bin %> <%= command.id %> get-orders effort=2d confidence=0.8',
    '<%= config.bin %> <%= command.id %> get-orders --fix "one query for all orders" --deployed 2026-10-12T09:30',
    '<%= config.bin %> <%= command.id %> get-orders --fix "cache the totals" --kind cache --prediction p1 --took 6h --deployed 2026-10-12T09:30',
    '<%= config.bin %> <%= command.id %> get-orders --not-ticket 90213',
  ]
  static override args = {
    story: Args.string({ description: 'Id of the story', required: true }),
    'name=value': Args.string({
      description:
        'title, status, under, where, effort (3h, 2d, 1w, or a size such as M), confidence (0.8), note, jira, github, or one of the eight questions',
    }),
  }
  static override flags = {
    ticket: Flags.string({
      description: 'A support ticket that is about it',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'not-ticket': Flags.string({
      description: 'A support ticket that is not about it',
      multiple: true,
      multipleNonGreedy: true,
    }),
    fix: Flags.string({ description: 'What was done about it' }),
    deployed: Flags.string({ description: 'When the fix was deployed', dependsOn: ['fix'] }),
    version: Flags.string({ description: 'The version that has the fix', dependsOn: ['fix'] }),
    kind: Flags.string({
      description: 'Kind of the fix: cache, query, index … (whyslow ledger adds up by it)',
      dependsOn: ['fix'],
    }),
    prediction: Flags.string({
      description: 'What was predicted for the fix: an id such as p1',
      dependsOn: ['fix'],
    }),
    took: Flags.string({ description: 'Work that went into the fix: 3h, 2d', dependsOn: ['fix'] }),
  }

  async run(): Promise<StoryFrontMatter> {
    const { args, argv, flags } = await this.parse(StorySet)
    const assignments = (argv as string[]).slice(1)
    const { ticket = [], 'not-ticket': notTicket = [], fix } = flags
    if (assignments.length + ticket.length + notTicket.length === 0 && !fix) throw withoutChange(args.story)
    const now = new Date()
    const workbook = await this.openWorkbook(flags)
    const story = await readStory(workbook, args.story)
    await this.checkWheres(workbook, assignments)
    const { timezone, next } = workbook.config
    const deployed = flags.deployed ? parseTime(flags.deployed).replace('.000Z', 'Z') : null
    const changed = await updateStory(story, frontMatter => {
      // A status looks at what was done.
      const fixed = fix ? addFix(frontMatter, { text: fix, deployed, ...readFix(flags) }) : frontMatter
      const set = assignments.reduce(
        (values, assignment) => setValue(values, assignment, { now, timezone, sizes: next.sizes }),
        fixed,
      )
      return correctTickets(set, ticket, notTicket)
    })
    return this.show(
      changed.frontMatter,
      `${changed.shown}: ${escapeTerminal(changed.frontMatter.title)} · ${changed.frontMatter.status}`,
    )
  }
  /** Before anything is written: a story whose requests can't be asked for is of no use. */
  private async checkWheres(workbook: Workbook, assignments: string[]): Promise<void> {
    const wheres = assignments.flatMap(assignment => /^\s*where\s*=(.+)$/s.exec(assignment)?.[1] ?? [])
    if (wheres.length === 0) return
    await this.withStore(workbook, async store => {
      for (const where of wheres) await checkWhere(store, where)
    })
  }
}

function readFix(flags: {
  version?: string | undefined
  kind?: string | undefined
  prediction?: string | undefined
  took?: string | undefined
}): Omit<NewFix, 'text' | 'deployed'> {
  const { version = null, kind = null, prediction = null, took = null } = flags
  return { version, kind, prediction, took }
}

function withoutChange(story: string): WhyslowError {
  return new WhyslowError('There is nothing to set.', {
    next: [
      `whyslow story set ${story} status=confirmed`,
      `whyslow story set ${story} --fix "…" --deployed 2026-10-12`,
    ],
  })
}
