/**
 * `bench profile`: both versions under the scenario's load, each capture with a CPU profiler attached to the service's Node processes, in turns;
 * then what takes longer per request, and on which lines. The repetitions are kept nowhere: a profiler is in them.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import type { Side } from '../../experiments/benchmarks/comparison.js'
import type { RepetitionProgress } from '../../experiments/benchmarks/run-repetition.js'
import { type DiffCapture, diffProfiles, type ProfileDiff } from '../../profilers/diff-profiles.js'
import { mergeProfiles } from '../../profilers/merge-profiles.js'
import type { Story } from '../../stories/read-story.js'
import { isoSeconds } from '../../stories/timeboxes.js'
import type { Warning } from '../../warnings.js'
import type { Workbook } from '../../workbook/workbook.js'
import { writeDiffPage } from '../diff-captures.js'
import { drawFlameGraphs } from '../draw-flame-graphs.js'
import { chooseStory } from '../file-profile.js'
import { captureSide, type ReadSideCapture, type SideCapture, type Which } from './capture-side.js'
import { fileSideProfiles } from './file-side-profiles.js'
import { nameSide, type OpenSide, type OpenSides, withSides } from './open-sides.js'
import { prepareSide } from './prepare-side.js'
import type { SettledScenario } from './settle-scenario.js'

export interface ProfileSidesRequest {
  /** As they were typed: commits, branches or folders. */
  base: string
  head: string
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** A side; one misses half of what changed. */
  captures: number
  /** Where the files go; null: beside the story that the scenario guards, else below the scenario's folder. */
  out: string | null
  home: string
  /** whyslow's. */
  version: string
  run: string
  now: () => Date
  signal: AbortSignal
  onProgress?: ((progress: ProfilingProgress) => void) | undefined
}

export interface ProfilingProgress {
  side: Which
  /** From 1, of this side. */
  capture: number
  of: number
  phase: RepetitionProgress['phase'] | 'setting up'
}

export interface ProfiledSides {
  scenario: string
  file: string
  base: Pick<Side, 'name' | 'kind'>
  head: Pick<Side, 'name' | 'kind'>
  folder: string
  story: string | null
  captures: SideCapture[]
  diff: ProfileDiff
  pages: ProfilePages
  warnings: Warning[]
}

/** Files. */
export interface ProfilePages {
  /** Flame graphs of the difference. */
  diff: string
  base: { svg: string; html: string }
  head: { svg: string; html: string }
}

/** Throws a `WhyslowError` for names that stand for nothing, and (exit 4) where a side can't be started or has no Node process. */
export async function profileSides(
  settled: SettledScenario,
  workbook: Workbook | null,
  request: ProfileSidesRequest,
): Promise<ProfiledSides> {
  const { cwd, env, signal } = request
  const { scenario } = settled
  const repository = { folder: cwd, env }
  const named = {
    base: await nameSide(request.base, repository),
    head: await nameSide(request.head, repository),
  }
  for (const { name, kind } of [named.base, named.head]) {
    if (kind === 'results')
      throw new WhyslowError(`${name} holds results, and a profile is taken of a version that runs.`, {
        next: ['Name two commits or folders: whyslow bench profile main HEAD'],
      })
  }
  const place = await choosePlace(settled, workbook, request)
  return withSides(named, { repository, scenario, signal }, sides =>
    profileOpen(settled, sides, place, request),
  )
}

interface Place {
  folder: string
  /** Before each file's name. */
  prefix: string
  story: Story | null
}

/** Files of a story lie beside it, under names that no other capture has. */
async function choosePlace(
  { scenario }: SettledScenario,
  workbook: Workbook | null,
  { out, cwd, now }: ProfileSidesRequest,
): Promise<Place> {
  const stamp = isoSeconds(now()).replaceAll(/[:-]/g, '')
  if (out === null && workbook !== null && scenario.story !== null) {
    const { story } = await chooseStory(workbook, scenario.story)
    return { folder: path.dirname(story!.file), prefix: `${stamp}-`, story }
  }
  const folder =
    out === null
      ? path.join(path.dirname(scenario.file), 'profiles', `${scenario.name}-${stamp}`)
      : path.resolve(cwd, out)
  await mkdir(folder, { recursive: true })
  return { folder, prefix: '', story: null }
}

async function profileOpen(
  settled: SettledScenario,
  sides: OpenSides,
  place: Place,
  request: ProfileSidesRequest,
): Promise<ProfiledSides> {
  const { scenario } = settled
  const { signal, env, home } = request
  const warnings: Warning[] = [
    ...settled.warnings,
    ...sides.base.warnings,
    ...sides.head.warnings,
    ...sides.warnings,
  ]
  const warn = (...more: Warning[]): void => {
    for (const one of more) if (!warnings.some(({ message }) => message === one.message)) warnings.push(one)
  }
  for (const side of ['base', 'head'] as const) {
    if (scenario.service.setup !== null)
      request.onProgress?.({ side, capture: 1, of: request.captures, phase: 'setting up' })
    await prepareSide(scenario, { folder: sides[side].folder, env, signal })
  }
  const taken: ReadSideCapture[] = []
  for (const { side, capture } of inTurns(request.captures)) {
    const onPhase = (phase: RepetitionProgress['phase']): void =>
      request.onProgress?.({ side, capture, of: request.captures, phase })
    const order = { side, capture, place, request: { ...request, onPhase }, warn }
    taken.push(await captureSide(settled, sides[side], order))
  }
  const ofSide = (which: Which) => taken.filter(({ side }) => side === which)
  const compared = diffProfiles(ofSide('base').map(toCompare), ofSide('head').map(toCompare))
  const diff = { ...compared.diff, warnings: compared.diff.warnings.map(adaptWarning) }
  const page = path.join(place.folder, `${place.prefix}diff.html`)
  await writeDiffPage(page, compared)
  const drawSide = async (which: Which) => {
    const merged = mergeProfiles(ofSide(which).flatMap(({ profiles }) => profiles))
    const base = path.join(place.folder, `${place.prefix}${which}`)
    const [svg, html] = await drawFlameGraphs({ ...merged, name: sides[which].name }, base, {
      home,
      html: true,
      warn,
    })
    return { svg: svg!, html: html! }
  }
  const pages = { diff: page, base: await drawSide('base'), head: await drawSide('head') }
  const captures = taken.map(({ profiles: _, ...capture }) => capture)
  if (place.story !== null)
    await fileSideProfiles(place.story, captures, diff, { ...request, scenario: scenario.shown })
  const nameOf = ({ name, kind }: OpenSide) => ({ name, kind })
  return {
    scenario: scenario.name,
    file: scenario.file,
    base: nameOf(sides.base),
    head: nameOf(sides.head),
    folder: place.folder,
    story: place.story?.id ?? null,
    captures,
    diff,
    pages,
    warnings: [...warnings, ...diff.warnings],
  }
}

/** What to do next where the captures are taken by this command. */
function adaptWarning(warning: Warning): Warning {
  return warning.code === 'one-capture' ? { ...warning, next: 'Take more: --captures 3' } : warning
}

/** A B B A A B */
function inTurns(captures: number): { side: Which; capture: number }[] {
  return Array.from({ length: captures }, (_, i) => {
    const order: Which[] = i % 2 === 0 ? ['base', 'head'] : ['head', 'base']
    return order.map(side => ({ side, capture: i + 1 }))
  }).flat()
}

function toCompare({ files, profiles, requests }: ReadSideCapture): DiffCapture {
  return { file: files[0]!, profiles, requests }
}
