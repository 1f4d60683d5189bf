/** Two sides of profile files → what changed, and a page that shows it. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemErrorCode, WhyslowError } from '../errors.js'
import {
  type DiffCapture,
  diffProfiles,
  durationOf,
  type GraphNode,
  type ProfileDiff,
} from '../profilers/diff-profiles.js'
import type { Profile } from '../profilers/profile.js'
import { readProfiles } from '../profilers/read-profiles.js'
import { renderDiffFlame } from '../reports/diff-flame-html.js'
import { describeDiff } from '../reports/profile-diff.js'
import type { Warning } from '../warnings.js'

export interface DiffQuestion {
  /** Files; each is one capture, with all its threads. */
  before: readonly string[]
  after: readonly string[]
  /** One for each file, or one for all of a side; null where they aren't known. */
  requests: { before: readonly number[]; after: readonly number[] } | null
}

export interface CapturesDiff {
  diff: ProfileDiff
  graph: GraphNode[]
}

export async function diffCaptures({ before, after, requests }: DiffQuestion): Promise<CapturesDiff> {
  const sides = {
    before: await Promise.all(before.map(readCapture)),
    after: await Promise.all(after.map(readCapture)),
  }
  const counted = {
    before: shareRequests(sides.before, requests?.before ?? null, '--requests-before'),
    after: shareRequests(sides.after, requests?.after ?? null, '--requests-after'),
  }
  if (requests === null) refuseUntimed([...counted.before, ...counted.after])
  const { diff, graph } = diffProfiles(counted.before, counted.after)
  const read = [...sides.before, ...sides.after].flatMap(({ warnings }) => warnings)
  return { diff: { ...diff, warnings: [...read, ...diff.warnings] }, graph }
}

type ReadCapture = Omit<DiffCapture, 'requests'> & { warnings: Warning[] }

async function readCapture(file: string): Promise<ReadCapture> {
  try {
    const { profiles, warnings } = await readProfiles(file)
    const other = profiles.find(({ unit }) => unit !== 'ms')
    if (other) throw refuseUnit(file, other)
    if (profiles.length === 0)
      throw new WhyslowError('There is no profile in this file.', { place: { file } })
    return { file, profiles, warnings }
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    throw new WhyslowError(`The profile can't be read (${code}).`, { place: { file }, cause: error })
  }
}

function refuseUnit(file: string, { unit }: Profile): WhyslowError {
  return new WhyslowError(
    unit === 'bytes'
      ? 'This profile counts memory, and only times can be compared.'
      : 'This profile counts samples and doesn’t say how long each stands for, so it can’t be compared in milliseconds.',
    { place: { file }, next: ['Take CPU profiles: whyslow profile attach PID'] },
  )
}

/** One count for several captures is shared by their durations. */
function shareRequests(
  captures: readonly ReadCapture[],
  counts: readonly number[] | null,
  flag: string,
): DiffCapture[] {
  if (counts === null) return captures.map(capture => ({ ...capture, requests: null }))
  if (counts.length === captures.length)
    return captures.map((capture, i) => ({ ...capture, requests: counts[i]! }))
  if (counts.length !== 1)
    throw new WhyslowError(
      `${flag} has ${counts.length} counts, and there are ${captures.length} captures.`,
      {
        next: [`One count for each, in their order: ${flag} 1200,1180. Or one for all of them together.`],
      },
    )
  const whole = captures.reduce((sum, capture) => sum + durationOf(capture), 0)
  return captures.map(capture => ({
    ...capture,
    requests: counts[0]! * (whole === 0 ? 1 / captures.length : durationOf(capture) / whole),
  }))
}

function refuseUntimed(captures: readonly DiffCapture[]): void {
  const untimed = captures.find(capture => durationOf(capture) === 0)
  if (!untimed) return
  throw new WhyslowError(
    'This profile doesn’t say how long it took, so its times can’t be given per second.',
    {
      place: { file: untimed.file },
      next: ['Say how many requests each side saw: --requests-before N --requests-after N'],
    },
  )
}

/** Overwrites the file. */
export async function writeDiffPage(file: string, { diff, graph }: CapturesDiff): Promise<void> {
  const template = (name: string) =>
    readFile(fileURLToPath(new URL(`../../templates/${name}`, import.meta.url)), 'utf8')
  const page = { script: await template('diff-flame.js'), styles: await template('diff-flame.css') }
  const nameSide = (side: { file: string }[]) => side.map(one => path.basename(one.file)).join(', ')
  const text = renderDiffFlame(page, graph, {
    title: describeDiff(diff),
    per: diff.per,
    before: nameSide(diff.captures.before),
    after: nameSide(diff.captures.after),
  })
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new WhyslowError(`The page can't be written (${systemErrorCode(error)}).`, {
      place: { file },
      cause: error,
    })
  }
}
