import { openGitHub } from '../../../src/trackers/github/open-github.js'
import type {
  OutgoingTicket,
  TicketLink,
  Tracker,
  Upserted,
  UpsertOptions,
} from '../../../src/trackers/tracker.js'
import type { DryRun } from '../../../src/trackers/transport.js'
import { type GitHubServer, TOKEN } from './github-server.js'

export interface Options {
  limit_ms?: number
  signal?: AbortSignal
  dryRun?: DryRun
  token?: string
  repo?: string
  second_ms?: number
}

/** Without pauses. */
export function openTestGitHub({ api }: Pick<GitHubServer, 'api'>, options: Options = {}): Tracker {
  return openGitHub({
    repo: options.repo ?? 'acme/web',
    api,
    token: options.token ?? TOKEN,
    proxy: { http: null, https: null, no: null },
    limit_ms: options.limit_ms ?? 20_000,
    signal: options.signal ?? new AbortController().signal,
    dryRun: options.dryRun ?? null,
    second_ms: options.second_ms ?? 2,
  })
}

function makeTicket(ticket: Partial<OutgoingTicket> = {}): OutgoingTicket {
  return {
    story: 'checkout-slow',
    title: 'Checkout is slow',
    markdown: 'Checkout takes **4 s**.\n\n## How slow it is\n\n| p50 | p99 |\n| --- | --- |\n| 1 s | 4 s |\n',
    files: [],
    numbers: { customers: 3, revenue: null, supportTickets: null, goodShare: 0.9 },
    parent: null,
    ...ticket,
  }
}

/** `found`: what it was told on the way. */
export async function upsert(
  tracker: Tracker,
  ticket: Partial<OutgoingTicket> = {},
  options: Partial<UpsertOptions> = {},
): Promise<Upserted & { found: TicketLink[] }> {
  const found: TicketLink[] = []
  const done = await tracker.upsert(makeTicket(ticket), {
    key: null,
    repair: false,
    onFound: async link => void found.push(link),
    ...options,
  })
  return { ...done, found }
}
