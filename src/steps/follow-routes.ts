/** Stories that name a route go on with its new name; those whose route fell into several are told. */

import { sqlText } from '../store/engine.js'
import type { RouteChange } from '../store/rewrite-routes.js'
import { listStories } from '../stories/read-story.js'
import { keepRegistration } from '../stories/registration.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { updateStory } from '../stories/write-story.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'

/** One route in place of another; `to` holds several where its requests went apart, `requests` is how many changed. */
export interface RouteMove {
  from: string
  to: string[]
  requests: number
  /** Whether some requests keep it. */
  remains: boolean
}

export interface Followed {
  /** Stories that name the new route now. */
  stories: { id: string; from: string; to: string }[]
  warnings: Warning[]
}

/** Sums up the changes of several files, the largest first. */
export function sumUpChanges(changes: readonly RouteChange[], templates: readonly string[]): RouteMove[] {
  const known = new Set(templates)
  const moves = new Map<string, { to: Map<string, number>; requests: number }>()
  for (const { from, to, requests } of changes) {
    if (from === null || to === null) continue
    const move = moves.get(from) ?? { to: new Map<string, number>(), requests: 0 }
    move.to.set(to, (move.to.get(to) ?? 0) + requests)
    move.requests += requests
    moves.set(from, move)
  }
  return [...moves]
    .map(([from, { to, requests }]) => ({
      from,
      to: [...to].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([route]) => route),
      requests,
      remains: known.has(from.replace(/^\S+ (?=\/)/, '')),
    }))
    .sort((a, b) => b.requests - a.requests || a.from.localeCompare(b.from))
}

export async function followRoutes(workbook: Workbook, moves: readonly RouteMove[]): Promise<Followed> {
  const followed: Followed = { stories: [], warnings: [] }
  if (moves.length === 0) return followed
  const { stories, problems } = await listStories(workbook)
  for (const problem of problems)
    followed.warnings.push({
      code: 'story-unreadable',
      message: `It may name an old route: ${problem.message}`,
    })
  for (const move of moves) {
    const [to] = move.to
    const isOne = move.to.length === 1 && !move.remains
    for (const story of stories) {
      if (!namesRoute(story.frontMatter, move.from)) continue
      if (!isOne) {
        followed.warnings.push(describeSplit(story.id, move))
        continue
      }
      await updateStory(story, frontMatter => renameRoute(frontMatter, move.from, to!))
      followed.stories.push({ id: story.id, from: move.from, to: to! })
    }
    if (Object.hasOwn(workbook.config.targets.routes, move.from)) {
      followed.warnings.push({
        code: 'route-changed',
        message: `${workbook.show(workbook.paths.config)} has a target for “${move.from}”, which is ${list(move.to)} now.`,
        next: `Change that key under targets.routes`,
      })
    }
  }
  return {
    ...followed,
    warnings: [
      ...followed.warnings,
      ...describeTwins(
        stories.map(story => story.frontMatter),
        followed,
      ),
    ],
  }
}

/** An import that made a template wider has changed stories: nobody asked it to, so it says so. */
export function describeFollowed(stories: Followed['stories']): Warning[] {
  return stories.map(({ id, from, to }) => ({
    code: 'route-changed',
    message: `Story ${id} is about ${to} now: more paths have shown that ${from} is a part of it.`,
    next: `whyslow story show ${id}`,
  }))
}

function namesRoute(story: StoryFrontMatter, route: string): boolean {
  return JSON.stringify(story) !== JSON.stringify(renameRoute(story, route, ''))
}

/** Wherever the story says which requests it is about: its scope, its identity, the arms of its hypotheses. Prose stays. */
function renameRoute(story: StoryFrontMatter, from: string, to: string): StoryFrontMatter {
  const rename = (where: string | null) => where?.replaceAll(sqlText(from), () => sqlText(to)) ?? null
  return {
    ...story,
    route: story.route === from ? to : story.route,
    identity: rename(story.identity),
    scope: { ...story.scope, where: rename(story.scope.where) },
    hypotheses: story.hypotheses.map(hypothesis =>
      keepRegistration(hypothesis, {
        ...hypothesis,
        before: { ...hypothesis.before, where: rename(hypothesis.before.where) },
        after: { ...hypothesis.after, where: rename(hypothesis.after.where) },
      }),
    ),
  }
}

function describeSplit(id: string, { from, to, requests, remains }: RouteMove): Warning {
  const what = remains ? `${formatCount(requests)} of its requests are` : 'its requests are'
  return {
    code: 'route-changed',
    message: `Story ${id} names ${from}; ${what} ${list(to)} now.`,
    // Within double quotes a shell would run some of what a path may hold.
    next: `whyslow story set ${id} where="${`route = ${sqlText(to[0] ?? from)}`.replace(/[\\$`"]/g, '\\$&')}"`,
  }
}

/** Two stories of routes that are one now: triage would refresh the first only. */
function describeTwins(stories: readonly StoryFrontMatter[], { stories: followed }: Followed): Warning[] {
  const renamed = new Map(followed.map(({ id, to }) => [id, to]))
  const byRoute = Map.groupBy(stories, ({ id, route }) => renamed.get(id) ?? route)
  return [...byRoute].flatMap(([route, group]): Warning[] => {
    if (route === null || group.length < 2 || !group.some(({ id }) => renamed.has(id))) return []
    const ids = group.map(({ id }) => id)
    return [
      {
        code: 'route-changed',
        message: `Stories ${ids.join(' and ')} are about the same route now: ${route}.`,
        next: `whyslow story set ${ids[1]} status=dismissed`,
      },
    ]
  })
}

function list(routes: readonly string[]): string {
  const shown = routes.slice(0, 3).join(', ')
  return routes.length > 3 ? `${shown} and ${formatCount(routes.length - 3)} more routes` : shown
}
