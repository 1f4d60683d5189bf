/** A story → what goes out to a tracker, through the gate. */
import type { Ticket } from '../reports/ticket.js'
import type { Store } from '../store/open-store.js'
import type { Story } from '../stories/read-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import type { OutgoingTicket, TrackerName } from '../trackers/tracker.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import type { FindLink } from './link-committed.js'
import type { Gate } from './outgoing.js'
import { lookAtStory, renderStory } from './render-story.js'
import { makeTicketFiles } from './ticket-files.js'
import { readNumbers } from './ticket-numbers.js'

export interface TicketMaker {
  tracker: TrackerName
  gate: Gate
  /** Without the title. */
  template: Ticket['template']
  findLink: FindLink
  home: string
}

/** The same story and data give the same ticket, whether it was exported before or not. `parent`: see `OutgoingTicket`. */
export async function makeTicket(
  workbook: Workbook,
  store: Store,
  story: Story,
  parent: string | null,
  { tracker, gate, template, findLink, home }: TicketMaker,
): Promise<{ ticket: OutgoingTicket; warnings: Warning[] }> {
  const seen = await lookAtStory(workbook, store, story)
  const { warnings } = seen
  const front = gate.story(withoutLink(story.frontMatter, tracker))
  const takesFiles = tracker === 'jira'
  const markdown = renderStory(workbook, seen, gate.text, {
    story: front,
    body: gate.text(story.body),
    template,
    chart: takesFiles ? 'text' : 'mermaid',
    linkOf: file => findLink(story, file),
  })
  const files = takesFiles
    ? await makeTicketFiles(seen, front.title, markdown, gate, {
        home,
        warn: warning => warnings.push(warning),
      })
    : []
  const { id, title } = front
  const numbers = readNumbers(front, seen.look)
  return { ticket: gate.seal({ story: id, title, markdown, files, numbers, parent }), warnings }
}

/** A ticket doesn't name itself: else it would change by being made. */
function withoutLink(story: StoryFrontMatter, tracker: TrackerName): StoryFrontMatter {
  return { ...story, links: { ...story.links, [tracker]: null } }
}
