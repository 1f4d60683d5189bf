/** The captures of both sides as evidence of the story that the scenario guards. */
import type { ProfileDiff } from '../../profilers/diff-profiles.js'
import { describeDiff } from '../../reports/profile-diff.js'
import { quoteIfNeeded } from '../../stories/describe-evidence.js'
import type { Story } from '../../stories/read-story.js'
import { fileProfiles } from '../file-profile.js'
import type { SideCapture } from './capture-side.js'

interface Filing {
  base: string
  head: string
  /** As it is named for people. */
  scenario: string
  home: string
  now: () => Date
}

export async function fileSideProfiles(
  story: Story,
  captures: readonly SideCapture[],
  diff: ProfileDiff,
  { base, head, scenario, home, now }: Filing,
): Promise<void> {
  const entries = captures.flatMap(({ files, pid, duration_ms, samples, startedAt }) =>
    files.map(file => ({ file, tool: 'node', kind: 'cpu', pid, duration_ms, samples, at: startedAt })),
  )
  const [first] = diff.frames.filter(({ significant }) => significant)
  await fileProfiles(
    story,
    entries,
    {
      finding: `${head} against ${base}: ${describeDiff(diff)}`,
      value: first ? Number(first.change_ms.toPrecision(3)) : null,
      unit: first ? `ms per ${diff.per} more in the function that changed most` : null,
      command: `whyslow bench profile ${[base, head, scenario].map(quoteIfNeeded).join(' ')}`,
    },
    { home, now: now() },
  )
}
