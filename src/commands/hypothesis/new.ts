import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { renderRegistered } from '../../reports/hypotheses.js'
import { checkSides } from '../../steps/empty-arms.js'
import { printSnippet, SNIPPETS, type Snippet } from '../../steps/print-snippet.js'
import { type Arms, readArms } from '../../steps/read-arms.js'
import { addHypothesis, type NewHypothesis } from '../../stories/hypotheses.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryHypothesis } from '../../stories/schema.js'
import { updateStory } from '../../stories/write-story.js'
import { parseDuration, parseShareChange } from '../../units.js'
import type { Warning } from '../../warnings.js'

type Result = StoryHypothesis & {
  story: string
  /** With --suspect. */
  snippet?: Snippet
  warnings: Warning[]
}

export default class HypothesisNew extends BaseCommand {
  static override summary = 'Write down a claim and what it predicts, before its data is looked at.'
  static override description = [
    'The prediction is that the share of good requests goes up, by at least --smallest. Three designs:',
    'a canary beside a baseline at the same time (--where-before, --where-after), which needs hours;',
    'before and after a moment (--before, --after), which needs days: at least 3 on each side; or',
    'requests with a condition beside those without it (--with), of which the share is predicted to be lower.',
    'What confirms it must be newer than this moment. With --suspect it prints code that measures the suspect in the service.',
  ].join(' ')
  static override examples = [
    `<%= config.bin %> <%= command.id %> get-orders --claim "one lookup per order is what is slow" --where-before "upstream = '10.0.0.1:80'" --where-after "upstream = '10.0.0.2:80'"`,
    '<%= config.bin %> <%= command.id %> get-orders --claim "the new index" --before 2026-10-01..2026-10-08 --after 2026-10-08..2026-10-15 --smallest 5pp',
    `<%= config.bin %> <%= command.id %> get-orders --claim "the lookup of the customer" --with "attrs.cache = 'miss'"`,
    '<%= config.bin %> <%= command.id %> get-orders --claim "the lookup of the customer" --suspect "customer lookup" --snippet node',
  ]
  static override args = { story: Args.string({ description: 'Id of the story', required: true }) }
  static override flags = {
    claim: Flags.string({ description: 'What you believe is the cause', required: true }),
    before: Flags.string({ description: 'Time of the side before: FROM..TO' }),
    after: Flags.string({ description: 'Time of the side after: FROM..TO' }),
    with: Flags.string({
      description: 'Requests that ran the suspect, beside all others of the story',
      // Not `exclusive`, which the usage would show as if --before and --after excluded each other, too.
      relationships: [{ type: 'none', flags: ['before', 'after', 'where-before', 'where-after'] }],
    }),
    during: Flags.string({ description: 'Time of both sides of --with: FROM..TO', dependsOn: ['with'] }),
    suspect: Flags.string({ description: 'Print code that measures what is called so, in each request' }),
    snippet: Flags.option({
      description: 'What that code is for: a Node service, or others by the lines or spans they write',
      options: SNIPPETS,
      dependsOn: ['suspect'],
    })(),
    'where-before': Flags.string({ description: 'Requests of the baseline', dependsOn: ['where-after'] }),
    'where-after': Flags.string({ description: 'Requests of the canary', dependsOn: ['where-before'] }),
    under: Flags.string({ description: 'The threshold, if not the target of the story or its route' }),
    smallest: Flags.string({
      description: 'The smallest change worth having, such as 5pp (percentage points)',
    }),
    direction: Flags.option({
      description: 'Where the share of good requests is predicted to go (up; down for --with)',
      options: ['up', 'down'] as const,
    })(),
  }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(HypothesisNew)
    const snippet = flags.suspect ? await printSnippet(flags.snippet ?? 'node', flags.suspect) : null
    const arms = readArms(flags) ?? (snippet && armsOf(snippet.sides))
    if (arms === null) throw withoutSides()
    const workbook = await this.openWorkbook(flags)
    const story = await readStory(workbook, args.story)
    const warnings = await this.withStore(workbook, store =>
      checkSides(store, story, arms, workbook.config.cohort ?? null),
    )
    if (flags.under) parseDuration(flags.under)
    const wanted: NewHypothesis = {
      claim: flags.claim,
      direction: flags.direction ?? (arms.design === 'with-without' ? 'down' : 'up'),
      smallest: flags.smallest ? parseShareChange(flags.smallest) : null,
      under: flags.under ?? null,
      ...arms,
    }
    const changed = await updateStory(story, frontMatter => addHypothesis(frontMatter, wanted, new Date()))
    const hypothesis = changed.frontMatter.hypotheses.at(-1)!
    return this.show(
      { ...hypothesis, story: story.id, ...(snippet ? { snippet } : {}), warnings },
      renderRegistered(story.id, hypothesis, snippet),
    )
  }
}

function armsOf(sides: Snippet['sides']): Arms {
  const open = { from: null, to: null }
  return {
    design: 'with-without',
    before: { where: sides.without, ...open },
    after: { where: sides.with, ...open },
  }
}

function withoutSides(): WhyslowError {
  return new WhyslowError('A hypothesis names the two sides that it compares.', {
    next: [
      `Side by side: --where-before "upstream = '…'" --where-after "upstream = '…'"`,
      'Apart in time: --before FROM..TO --after FROM..TO',
      `Requests that ran the suspect, and all others: --with "attrs.… = '…'"`,
    ],
  })
}
