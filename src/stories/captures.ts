/** Profiles of a story by the capture that took them: several processes or threads are one. Pure. */
import type { StoryFrontMatter } from './schema.js'

type StoryProfile = StoryFrontMatter['profiles'][number]

/** Profiles of one capture begin within this. */
const SAME_CAPTURE_MS = 5_000

/** Oldest first; what has no time is before all, each by itself. Files of one capture are of one kind. */
export function groupCaptures(profiles: readonly StoryProfile[]): StoryProfile[][] {
  const time = ({ at }: StoryProfile) => (at === null ? -Infinity : Date.parse(at))
  const groups: StoryProfile[][] = []
  for (const profile of profiles.toSorted((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)))) {
    const group = groups.findLast(
      ([first]) => first!.kind === profile.kind && time(profile) - time(first!) <= SAME_CAPTURE_MS,
    )
    if (group) group.push(profile)
    else groups.push([profile])
  }
  return groups
}
