/** Profiles that other tools took: read, summarised, and filed in a story with their files. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { hottestFunctions, type NamedFunction, nameUnit } from '../profilers/hottest.js'
import { readLocalFiles } from '../profilers/local-files.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Profile, ProfileUnit } from '../profilers/profile.js'
import { type ReadProfiles, readProfiles } from '../profilers/read-profiles.js'
import { attachFile } from '../stories/attach-file.js'
import type { Story } from '../stories/read-story.js'
import { formatBytes } from '../units.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { drawFlameGraphs } from './draw-flame-graphs.js'
import { chooseStory, describeHottest, fileProfiles, type ProfileFinding } from './file-profile.js'

export interface ImportedProfiles {
  /** One a thread, or process. */
  profiles: {
    /** Beside the story, where it was filed. */
    file: string
    format: string
    tool: string
    name: string | null
    unit: ProfileUnit
    duration_ms: number
    samples: number
    interval_us: number | null
  }[]
  /** Over all profiles of a unit, which the keys name: `self_ms`, `self_bytes`, `self_samples`. */
  hottest: (NamedFunction & { unit: ProfileUnit })[]
  /** In which nothing was to be done, and something was; a row a unit. */
  totals: { unit: ProfileUnit; active: number; idle: number }[]
  story: string | null
  /** Files with the flame graph of each unit, of profiles that are filed. */
  flameGraphs: string[]
  warnings: Warning[]
}

export interface ImportProfilesRequest {
  files: readonly string[]
  /** Null: the story whose timebox is running, if there is just one. */
  story: string | null
  home: string
  now: Date
  /** Functions of each unit. */
  limit: number
}

/** A story's folder is committed. */
const LARGE_BYTES = 20_000_000
const UNITS: ProfileUnit[] = ['ms', 'bytes', 'samples']

/** All files are read before anything is written. `workbook` may be null: a profile can be read before there is one. */
export async function importProfiles(
  workbook: Workbook | null,
  request: ImportProfilesRequest,
): Promise<ImportedProfiles> {
  const { story, warnings } = workbook
    ? await chooseStory(workbook, request.story)
    : { story: null, warnings: [] }
  const read: (ReadProfiles & { file: string })[] = []
  for (const file of request.files)
    read.push({ ...(await readProfiles(file, { readFile: readLocalFiles(request.home) })), file })
  const all = read.flatMap(({ profiles }) => profiles)
  const sums = sumByUnit(all, request.limit)
  const filed = story && workbook ? await fileAll(story, workbook, read, sums, request) : read
  const flameGraphs = story ? await drawAll(filed[0]!.file, sums, request.home) : []
  return {
    profiles: filed.flatMap(({ file, format, profiles }) =>
      profiles.map(({ tool, name, unit, duration_ms, samples, interval_us }) => ({
        file,
        format,
        tool,
        name,
        unit,
        duration_ms,
        samples,
        interval_us,
      })),
    ),
    hottest: sums.flatMap(({ merged: { unit }, hottest }) => hottest.map(one => ({ ...one, unit }))),
    totals: sums.map(({ merged: { unit }, active, idle }) => ({ unit, active, idle })),
    story: story?.id ?? null,
    flameGraphs,
    warnings: [
      ...warnings,
      ...read.flatMap(one => one.warnings),
      ...(story ? await describeLarge(request.files) : []),
    ],
  }
}

/** Threads, processes and files of a unit together. */
interface Summed {
  merged: Profile
  hottest: NamedFunction[]
  active: number
  idle: number
}

function sumByUnit(all: readonly Profile[], limit: number): Summed[] {
  return UNITS.flatMap(unit => {
    const alike = all.filter(profile => profile.unit === unit)
    if (alike.length === 0) return []
    const merged = mergeProfiles(alike)
    const { hottest, active, idle } = hottestFunctions(merged, { limit })
    return { merged, hottest: hottest.map(one => nameUnit(one, unit)), active, idle }
  })
}

/** Copies the files beside the story. Returns what was read, under the copies' names. */
async function fileAll(
  story: Story,
  workbook: Workbook,
  read: readonly (ReadProfiles & { file: string })[],
  sums: readonly Summed[],
  { home, now }: ImportProfilesRequest,
): Promise<(ReadProfiles & { file: string })[]> {
  const folder = path.dirname(story.file)
  const filed: (ReadProfiles & { file: string })[] = []
  for (const one of read)
    filed.push({ ...one, file: path.join(folder, await attachFile(story.file, one.file)) })
  const entries = filed.map(({ file, format, profiles, versions }) => ({
    file,
    tool: profiles[0]?.tool ?? format,
    kind: profiles[0]?.unit === 'bytes' ? ('heap' as const) : ('cpu' as const),
    pid: profiles.length === 1 ? profiles[0]!.pid : null,
    duration_ms: Math.max(0, ...profiles.map(profile => profile.duration_ms)) || null,
    samples: profiles.reduce((sum, profile) => sum + profile.samples, 0),
    at: profiles[0]?.startedAt ?? null,
    ...(format === 'cpuprofile' || format === 'heapprofile' ? { versions } : {}),
  }))
  const shown = filed.map(({ file }) => workbook.show(file))
  await fileProfiles(
    story,
    entries,
    { ...describeSums(sums), command: `whyslow profile import ${shown.join(' ')}` },
    { home, now },
  )
  return filed
}

async function drawAll(base: string, sums: readonly Summed[], home: string): Promise<string[]> {
  const drawn = sums.map(({ merged }) => {
    const name = sums.length === 1 ? base : `${base}-${merged.unit}`
    // Only pages are cut short with a warning.
    return drawFlameGraphs(merged, name, { home, html: false, warn: () => {} })
  })
  return (await Promise.all(drawn)).flat()
}

function describeSums(sums: readonly Summed[]): Omit<ProfileFinding, 'command'> {
  const findings = sums.map(({ merged, hottest, active, idle }) =>
    describeHottest(hottest, active, active + idle, merged.unit),
  )
  return { ...findings[0]!, finding: findings.map(({ finding }) => finding).join('. ') }
}

async function describeLarge(files: readonly string[]): Promise<Warning[]> {
  const sizes = await Promise.all(files.map(async file => ({ file, size: (await stat(file)).size })))
  return sizes
    .filter(({ size }) => size > LARGE_BYTES)
    .map(({ file, size }) => ({
      code: 'profile-large' as const,
      message: `${file} has ${formatBytes(size)}, and lies beside the story now, which is committed.`,
      next: 'Compress it (gzip): whyslow reads it as it is.',
    }))
}
