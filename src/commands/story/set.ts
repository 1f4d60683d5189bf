import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { parseTime } from '../../store/slice.js'
import { correctTickets, setValue } from '../../stories/edit-story.js'
import { readStory } from '../../stories/read-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import { nextId } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'

export default class StorySet extends BaseCommand {
  static override summary = 'Change values of a story: its status, an answer, a ticket, a fix.'
  static override description =
    `The file may as well be edited by hand; only the values that you name are changed.
An answer that you set is yours: triage doesn't overwrite it. Set it to unknown to give it back.`
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders status=confirmed',
    '<%= config.bin %> <%= command.id %> get-orders blocks="yes, they can\'t check out" under=300ms',
    '<%= config.bin %> <%= command.id %> get-orders --fix "one query for all orders" --deployed 2026-10-12T09:30',
    '<%= config.bin %> <%= command.id %> get-orders --not-ticket 90213',
  ]
  static override args = {
    story: Args.string({ description: 'Id of the story', required: true }),
    'name=value': Args.string({
      description: 'title, status, under, where, note, jira, github, or one of the eight questions',
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
  }

  async run(): Promise<StoryFrontMatter> {
    const { args, argv, flags } = await this.parse(StorySet)
    const assignments = (argv as string[]).slice(1)
    const now = new Date()
    const story = await readStory(await this.openWorkbook(flags), args.story)
    const changed = await updateStory(story, frontMatter => {
      const set = assignments.reduce((values, assignment) => setValue(values, assignment, now), frontMatter)
      const corrected = correctTickets(set, flags.ticket ?? [], flags['not-ticket'] ?? [])
      if (!flags.fix) return corrected
      const deployed = flags.deployed ? parseTime(flags.deployed).replace('.000Z', 'Z') : null
      const fix = {
        id: nextId('f', corrected.fixes),
        text: flags.fix,
        deployed,
        version: flags.version ?? null,
      }
      return { ...corrected, fixes: [...corrected.fixes, fix] }
    })
    return this.show(
      changed.frontMatter,
      `Changed ${changed.shown}: ${changed.frontMatter.title} · ${changed.frontMatter.status}`,
    )
  }
}
