/** A profile where it belongs: beside the story that it is evidence for, in its lists, and without the home folder's name. */
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { PackageVersions } from '../profilers/find-versions.js'
import type { NamedFunction } from '../profilers/hottest.js'
import type { ProfileUnit } from '../profilers/profile.js'
import { listStories, readStory, type Story } from '../stories/read-story.js'
import type { StoryEvidence } from '../stories/schema.js'
import { fileInTimebox, findRunning, isoSeconds, nextId } from '../stories/timeboxes.js'
import { updateStory } from '../stories/write-story.js'
import { formatAmount, formatDuration, formatShare } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeUnreadable } from './unreadable-stories.js'

/** The story of this id; with null the one whose timebox is running, if there is just one. */
export async function chooseStory(
  workbook: Workbook,
  id: string | null,
): Promise<{ story: Story | null; warnings: Warning[] }> {
  if (id !== null) return { story: await readStory(workbook, id), warnings: [] }
  const { stories, problems } = await listStories(workbook)
  const running = stories.filter(story => findRunning(story.frontMatter))
  if (running.length > 1) {
    throw new WhyslowError(`Timeboxes of ${running.length} stories are running.`, {
      next: [`Say which: ${running.map(story => `--story ${story.id}`).join(' or ')}`],
    })
  }
  return { story: running[0] ?? null, warnings: describeUnreadable(problems) }
}

/** A file that lies beside the story already. */
export interface ProfileToFile {
  /** Absolute. */
  file: string
  tool: string
  /** `cpu`, `heap`, or what a tool's own picture shows. */
  kind: string
  pid: number | null
  duration_ms: number | null
  samples: number | null
  /** ISO 8601, when it was taken; null where nobody knows. */
  at: string | null
  /** Of its packages, as they are installed now; kept in V8's files, since the next look may find others. */
  versions?: PackageVersions
}

/** What the files show together; see `describeHottest`. */
export interface ProfileFinding {
  finding: string
  value: number | string | null
  unit: string | null
  /** Takes, or reads, them again. */
  command: string
}

/** One piece of evidence, its files in the story's list and in that of the running timebox, and the home folder hidden in each. */
export async function fileProfiles(
  story: Story,
  profiles: readonly ProfileToFile[],
  finding: ProfileFinding,
  { home, now }: { home: string; now: Date },
): Promise<void> {
  // With them come all formats, which a capture need not wait for.
  const { hideHome } = await import('../profilers/hide-home.js')
  const { writeVersions } = await import('../profilers/write-versions.js')
  for (const { file, versions } of profiles) {
    if (versions) await writeVersions(file, versions)
    await hideHome(file, home)
  }
  await updateStory(story, frontMatter => {
    const timebox = findRunning(frontMatter)
    const evidence: StoryEvidence = {
      id: nextId(
        'profile',
        frontMatter.evidence.filter(entry => entry.kind === 'profile'),
      ),
      kind: 'profile',
      ...finding,
      interval: null,
      where: null,
      window: null,
      sources: [],
      at: isoSeconds(now),
    }
    const entries = profiles.map(({ file, tool, kind, pid, duration_ms, samples, at }) => ({
      file: path.basename(file),
      tool,
      kind,
      pid,
      durationMs: duration_ms === null ? null : Math.round(duration_ms),
      samples,
      at: at === null ? null : isoSeconds(new Date(at)),
      timebox: timebox?.id ?? null,
    }))
    const files = entries.map(({ file }) => file)
    return {
      ...fileInTimebox(frontMatter, 'profiles', ...files),
      evidence: [...frontMatter.evidence, evidence],
      profiles: [...frontMatter.profiles, ...entries],
    }
  })
}

/** As a sentence and a figure. All amounts are in the unit. A tool that
 * sees no idle time has `active` = `duration`: how busy the CPU was is not said then. */
export function describeHottest(
  hottest: readonly NamedFunction[],
  active: number,
  duration: number,
  unit: ProfileUnit = 'ms',
): Omit<ProfileFinding, 'command'> {
  const first = hottest[0]
  return {
    finding: describeTop(hottest, active, duration, unit),
    value: first ? Math.round(first[`self_${unit}`] ?? 0) : null,
    unit: first ? `${unit} in the hottest function` : null,
  }
}

function describeTop(
  hottest: readonly NamedFunction[],
  active: number,
  duration: number,
  unit: ProfileUnit,
): string {
  const isBusy = unit === 'ms' && active !== duration
  const whole = isBusy
    ? `${formatShare(duration === 0 ? null : active / duration)} of ${formatDuration(duration)} on the CPU`
    : `${formatAmount(active, unit)}${unit === 'samples' ? '' : ' sampled'}`
  if (hottest.length === 0 || active === 0)
    return isBusy ? `${whole}: it waits, it doesn't compute` : `${whole}: nothing was sampled`
  const top = hottest.slice(0, 3).map(one => {
    const place = one.file ? ` (${path.basename(one.file)}${one.line ? `:${one.line}` : ''})` : ''
    return `${one.function || '(anonymous)'}${place} ${formatShare((one[`self_${unit}`] ?? 0) / active)}`
  })
  return `${whole}; of that: ${top.join(', ')}`
}
