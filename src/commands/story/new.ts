import { Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderStory } from '../../reports/stories.js'
import { type Report, reportStory } from '../../steps/report-story.js'
import { EVERYTHING } from '../../store/slice.js'
import type { StoryFrontMatter } from '../../stories/schema.js'

export default class StoryNew extends BaseCommand {
  static override summary = 'A story for a report that came in: from a support ticket, or by hand.'
  static override description = [
    'Three answers at most are enough to start: what is slow, where, and how it hurts. On a terminal they are asked for.',
    'What the imported data knows of the route is filled in.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> --from-ticket 90210',
    '<%= config.bin %> <%= command.id %> --title "Orders are slow for big customers" --about /orders',
    '<%= config.bin %> <%= command.id %> --title "Export never ends" --impact "they can\'t close their month"',
  ]
  static override flags = {
    'from-ticket': Flags.string({ description: 'Id of an imported support ticket' }),
    title: Flags.string({ description: 'What is slow, in a few words' }),
    about: Flags.string({ description: 'A route, a path or a URL' }),
    where: Flags.string({ char: 'w', description: 'The requests that it is about, as a SQL expression' }),
    impact: Flags.string({ description: 'How it hurts the customer' }),
    blocks: Flags.string({ description: 'Whether it blocks their work' }),
  }

  async run(): Promise<StoryFrontMatter & { new: boolean }> {
    const { flags } = await this.parse(StoryNew)
    const workbook = await this.openWorkbook(flags)
    const { 'from-ticket': ticket, title, about, where, impact, blocks } = flags
    const given: Report = { ticket, title, about, where, impact, blocks }
    const report = !ticket && !title && this.canAsk ? await this.complete(given) : given
    const slice = { ...EVERYTHING, cohort: workbook.config.cohort ?? null }
    const { story, isNew } = await this.withStore(workbook, store =>
      reportStory(workbook, store, slice, report, new Date()),
    )
    const { id, status } = story.frontMatter
    const head = isNew
      ? ''
      : `There is a story about this already: ${id} (${status}). The report was added to it.

`
    const text = `${head}${renderStory(story.frontMatter, this.style)}\n\n${story.shown}`
    return this.show({ ...story.frontMatter, new: isNew }, text)
  }

  /** At most three questions: only what the flags leave out. */
  private async complete(report: Report): Promise<Report> {
    const missing = (
      [
        ['title', 'What is slow?'],
        ['about', 'Where (a URL or a route; empty if nobody knows)?'],
        ['impact', 'How does it hurt the customer?'],
      ] as const
    ).filter(([name]) => !report[name])
    const answers = await this.ask(missing.map(([, question]) => question))
    const said = missing.map(([name], i) => [name, answers[i] || undefined] as const)
    return { ...report, ...Object.fromEntries(said) }
  }
}
