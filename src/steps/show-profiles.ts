/** Profile files, merged, and what they say. */
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { type Advice, adviseOnProfile, warnOfProfile } from '../profilers/advise.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Profile } from '../profilers/profile.js'
import { readProfiles } from '../profilers/read-profiles.js'
import { type FunctionShare, type ProfileSummary, summariseProfile } from '../profilers/summary.js'
import type { ProfileOrigin } from '../reports/profile-words.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { findProfiles } from './find-profiles.js'

export interface ShowRequest {
  /** Paths, names of files beside stories, ids of stories. */
  names: readonly string[]
  cwd: string
  /** Answered meanwhile; or how many a second. Null: not known. */
  requests: number | null
  perSecond: number | null
  /** Only functions of this group; a dependency also without its version. */
  group: string | null
  limit: number
  /** Shortens a path. */
  show: (file: string) => string
}

/** One profile of a file. */
export type ShownProfile = ProfileOrigin & { file: string; format: string }

export interface ShownProfiles {
  profiles: ShownProfile[]
  merged: Profile
  summary: ProfileSummary
  /** Of the group that was asked for, the first of them. */
  functions: FunctionShare[]
  /** Functions beyond the limit. */
  more: number
  requests: number | null
  advice: Advice[]
  warnings: Warning[]
}

export async function showProfiles(workbook: Workbook | null, request: ShowRequest): Promise<ShownProfiles> {
  const { names, cwd, limit, show } = request
  const { read, warnings } = await readAll(workbook, names, cwd)
  const merged = mergeProfiles(read.map(({ profile }) => profile))
  const summary = summariseProfile(merged)
  const functions = chooseGroup(summary, request.group)
  const { pid } = merged
  return {
    profiles: read.map(({ file, format, profile: { frames: _, stacks: __, ...origin } }) => ({
      file,
      format,
      ...origin,
    })),
    merged,
    summary,
    functions: functions.slice(0, limit),
    more: Math.max(0, functions.length - limit),
    requests: countRequests(merged, request),
    advice: adviseOnProfile(summary, { pid, show }),
    warnings: [...warnings, ...warnOfProfile(summary, pid)],
  }
}

interface ReadProfile {
  file: string
  format: string
  profile: Profile
}

async function readAll(
  workbook: Workbook | null,
  names: readonly string[],
  cwd: string,
): Promise<{ read: ReadProfile[]; warnings: Warning[] }> {
  const read: ReadProfile[] = []
  const warnings: Warning[] = []
  for (const { file, pid, startedAt } of await findProfiles(workbook, names, cwd)) {
    const { format, profiles, warnings: left } = await readProfiles(file)
    warnings.push(...left)
    for (const profile of profiles) {
      const known = { pid: profile.pid ?? pid, startedAt: profile.startedAt ?? startedAt }
      read.push({ file, format, profile: { ...profile, ...known } })
    }
  }
  return { read, warnings }
}

function chooseGroup({ functions, groups }: ProfileSummary, group: string | null): FunctionShare[] {
  if (group === null) return functions
  const chosen = functions.filter(one => one.group === group || one.group.startsWith(`${group}@`))
  if (chosen.length > 0) return chosen
  throw new WhyslowError(`No function of the group “${group}” was seen.`, {
    next: [`Groups in it: ${groups.map(one => one.group).join(', ')}`],
  })
}

function countRequests({ duration_ms }: Profile, { requests, perSecond }: ShowRequest): number | null {
  if (perSecond === null) return requests
  if (duration_ms > 0) return (perSecond * duration_ms) / 1000
  throw new WhyslowError(
    'The profile doesn’t say how long it was taken for, so a rate gives no number of requests.',
    {
      next: ['Say the number: --requests N'],
    },
  )
}

/** Where a drawing of the profiles lies unless told otherwise: beside the first. */
export function nameDrawing({ profiles }: ShownProfiles, extension: string): string {
  const files = [...new Set(profiles.map(({ file }) => file))]
  const { dir, name } = path.parse(files[0]!)
  return path.join(dir, `${name}${files.length === 1 ? '' : `-and-${files.length - 1}-more`}${extension}`)
}
