/** Which support tickets are about which route: as their words say, and as people corrected it in the stories. */
import { matchTickets, readTickets, type TicketMatch } from '../evidence/match-tickets.js'
import type { Store } from '../store/open-store.js'
import type { Story } from '../stories/read-story.js'
import { readRoutes } from '../workbook/routes-file.js'
import type { Workbook } from '../workbook/workbook.js'

/** Tickets per route. What a person put into a story, or took out of it, wins over the guess. */
export async function matchAllTickets(
  workbook: Workbook,
  store: Store,
  stories: Story[],
): Promise<TicketMatch[]> {
  const tickets = await readTickets(store)
  if (tickets.length === 0) return []
  const guessed = matchTickets(tickets, await countRoutes(store), await readRoutes(workbook))
  const matches = new Map(guessed.map(match => [match.ticket.id, match]))
  const ticketOf = new Map(tickets.map(ticket => [ticket.id, ticket]))
  for (const { frontMatter } of stories) {
    const { route, tickets: own } = frontMatter
    for (const id of own.excluded) if (matches.get(id)?.route === route) matches.delete(id)
  }
  const guessedRoute = new Map(guessed.map(match => [match.ticket.id, match.route]))
  for (const { frontMatter } of stories) {
    const { route, tickets: own } = frontMatter
    for (const id of own.added) {
      const ticket = ticketOf.get(id)
      if (route !== null && ticket && guessedRoute.get(id) !== route)
        matches.set(id, { ticket, route, by: 'person' })
    }
  }
  return [...matches.values()]
}

/** All routes with their number of requests. */
export async function countRoutes(store: Store): Promise<{ route: string; requests: number }[]> {
  return store.all(
    'SELECT route, sum(weight) AS requests FROM requests WHERE route IS NOT NULL GROUP BY route ORDER BY requests DESC, route',
  )
}
