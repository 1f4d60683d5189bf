import { setTimeout as sleep } from 'node:timers/promises'
import { type JiraOptions, openJira } from '../../../src/trackers/jira/open-jira.js'
import type { OutgoingTicket, Tracker, Upserted, UpsertOptions } from '../../../src/trackers/tracker.js'
import { openTransport } from '../../../src/trackers/transport.js'
import { EMAIL, TOKEN } from './jira-operations.js'
import type { JiraServer } from './jira-server.js'

export function openClientOf(server: JiraServer, options: Partial<JiraOptions> = {}): Tracker {
  const { flavour } = server.state.options
  return openJira({
    site: server.site,
    flavour,
    credentials: { email: flavour === 'cloud' ? EMAIL : null, token: TOKEN },
    project: 'ABC',
    issueType: 'Bug',
    fields: { customers: 'customfield_10010', goodShare: 'customfield_10011' },
    priority: 'High',
    labels: ['performance', 'two words'],
    components: ['Orders'],
    linkType: 'Relates',
    fetch: openTransport({
      proxy: { http: null, https: null, no: null },
      limit_ms: 2_000,
      signal: new AbortController().signal,
      dryRun: null,
    }),
    // Forty times as fast: 50 ms before a new issue is made.
    pause: ms => sleep(ms / 40),
    now: () => new Date(),
    ...options,
  })
}

export function makeTicket(changes: Partial<OutgoingTicket> = {}): OutgoingTicket {
  return {
    story: 'get-orders',
    title: 'GET /orders takes 2.1 s',
    markdown: '**GET /orders** takes 2.1 s.\n\n## How slow\n\n| | p95 |\n| --- | --- |\n| now | 2.1 s |',
    files: [makeFile('chart.svg', 'image/svg+xml', '<svg/>'), makeFile('report.html', 'text/html', '<p>')],
    numbers: { customers: 12, revenue: null, supportTickets: 3, goodShare: 0.913 },
    parent: null,
    ...changes,
  }
}

export function makeFile(name: string, type: string, text: string): OutgoingTicket['files'][number] {
  return { name, type, bytes: new TextEncoder().encode(text) }
}

export function upsertOf(
  tracker: Tracker,
  ticket: OutgoingTicket,
  options: Partial<UpsertOptions> = {},
): Promise<Upserted> {
  return tracker.upsert(ticket, { key: null, repair: false, onFound: async () => {}, ...options })
}
