/** A tool's run as evidence of a story: its profiles, pictures, and its own diagnosis. */
import type { Story } from '../stories/read-story.js'
import { formatBytes } from '../units.js'
import { describeHottest, fileProfiles, type ProfileFinding, type ProfileToFile } from './file-profile.js'
import type { ToolCapture } from './run-profiler.js'

export async function fileToolRun(
  story: Story,
  capture: ToolCapture,
  options: { home: string; now: Date },
): Promise<void> {
  const { tool, startedAt, duration_ms, pid } = capture
  const files: ProfileToFile[] = [
    ...capture.profiles.map(one => ({ ...one, at: one.startedAt })),
    ...capture.artefacts
      .filter(({ what }) => what !== 'raw data')
      .map(({ file, what }) => ({ file, tool, kind: what, pid, duration_ms, samples: null, at: startedAt })),
  ]
  await fileProfiles(
    story,
    files,
    { ...describeFinding(capture), command: describeCommand(story, capture) },
    options,
  )
}

function describeFinding(capture: ToolCapture): Omit<ProfileFinding, 'command'> {
  const { tool, verdict, hottest, active_ms, allocated_bytes } = capture
  if (verdict) return { finding: `${tool}: ${verdict.finding}`, value: verdict.category, unit: null }
  if (active_ms !== null) return describeHottest(hottest, active_ms, active_ms + (capture.idle_ms ?? 0))
  const [first] = hottest
  if (allocated_bytes !== null && first) {
    const { function: name, self_bytes = 0 } = first
    return {
      finding: `about ${formatBytes(allocated_bytes)} allocated, most of it in ${name}: ${formatBytes(self_bytes)}`,
      value: Math.round(self_bytes),
      unit: 'bytes in the function that allocates most',
    }
  }
  const what = capture.artefacts.map(artefact => artefact.what).join(', ')
  return { finding: `${tool}: ${what || 'a profile'}`, value: null, unit: null }
}

function describeCommand(story: Story, { tool, command, pid, duration_ms }: ToolCapture): string {
  const seconds = Math.max(1, Math.round(duration_ms / 1000))
  const what = command ? `-- ${command.map(quoteWord).join(' ')}` : `--pid ${pid}`
  return `whyslow profile run ${tool} --story ${story.id} --seconds ${seconds} ${what}`
}

function quoteWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
