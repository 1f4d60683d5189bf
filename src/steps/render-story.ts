/** A story as the text of a ticket: the requests that it is about, and its words, through the gate. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Look, look } from '../evidence/look.js'
import { renderTicket, type Ticket } from '../reports/ticket.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { isOfAll } from '../stories/keep-promise.js'
import type { Story } from '../stories/read-story.js'
import type { Warning } from '../warnings.js'
import { readTextFile } from '../workbook/read-text.js'
import type { Workbook } from '../workbook/workbook.js'
import { targetOfStory } from './story-target.js'
import { checkStoryWhere, howToScope } from './story-where.js'

export interface SeenStory {
  story: Story
  /** Of its requests on this machine; null without any. */
  look: Look | null
  under_ms: number
  warnings: Warning[]
}

/** The requests that the story is about, as far as they are on this machine. */
export async function lookAtStory(workbook: Workbook, store: Store, story: Story): Promise<SeenStory> {
  const { id, frontMatter } = story
  const { timezone } = workbook.config
  const under_ms = targetOfStory(workbook.config, frontMatter)
  const cohort = cohortOfStory(workbook, frontMatter)
  const where = await checkStoryWhere(store, story)
  const unseen = (code: 'no-scope' | 'no-requests', message: string, next: string): SeenStory => ({
    story,
    look: null,
    under_ms,
    warnings: [{ code, message: `${message}, so its ticket has no chart.`, next }],
  })
  if (where === null) {
    const message = `The story ${id} names neither a route nor a where`
    return unseen('no-scope', message, howToScope(id))
  }
  const { from = null, to = null } = frontMatter.scope.window ?? {}
  const seen = await look(store, { where, from, to, cohort }, { under_ms, timezone, limit: 1 })
  if (seen.requests > 0) return { story, look: seen, under_ms, warnings: seen.warnings }
  const message = `No request of the story ${id} is on this machine`
  return unseen('no-requests', message, 'whyslow import the logs of its time')
}

/** None for a story that was measured over everybody's requests, as its commands say. */
export function cohortOfStory(
  { config }: Workbook,
  { evidence }: { evidence: readonly { command: string | null }[] },
): Slice['cohort'] {
  const isAllTraffic = evidence.some(({ command }) => isOfAll(command))
  return isAllTraffic ? null : (config.cohort ?? null)
}

/** Markdown of the story as `words` has it, which went through the gate, as `hide` does; what comes out has to go through it once more. */
export function renderStory(
  workbook: Workbook,
  { story, look, under_ms }: SeenStory,
  hide: (text: string) => string,
  words: Pick<Ticket, 'story' | 'body' | 'template' | 'chart' | 'linkOf'>,
): string {
  const { objective } = workbook.config
  const cohort = cohortOfStory(workbook, story.frontMatter)
  return renderTicket({ ...words, look, under_ms, objective, cohort: cohort ? hide(cohort.name) : null })
}

const TEMPLATE = fileURLToPath(new URL('../../templates/ticket.md', import.meta.url))

/** The workbook's own, else the one that comes with whyslow. */
export async function readTemplate({ dir, show }: Workbook): Promise<Ticket['template']> {
  const own = join(dir, 'templates', 'ticket.md')
  const isOwn = await access(own).then(
    () => true,
    () => false,
  )
  const file = isOwn ? own : TEMPLATE
  return { text: await readTextFile(file, isOwn ? show(own) : undefined), file: isOwn ? show(own) : file }
}

/** For a ticket, whose title stands above its text. Lines keep their numbers. */
export function withoutTitle(template: Ticket['template']): Ticket['template'] {
  return { ...template, text: template.text.replace(/^# +\{\{\s*title\s*\}\}[ \t]*$/m, '') }
}
