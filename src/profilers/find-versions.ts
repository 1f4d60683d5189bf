/**
 * The versions of npm packages, from the `package.json` where they are installed: so they are looked up when a profile is
 * captured or imported, on the machine that has them, and kept with it. A later look would find what is installed then.
 */
import { findPackageFolder } from './groups.js'
import type { ReadText } from './local-files.js'
import type { Profile } from './profile.js'

/** By the package's folder: `express@4.18.2`. */
export type PackageVersions = Record<string, string>

/** Of the packages that the profile names; those whose `package.json` isn't there, or names no version, are left out. */
export async function findVersions(profile: Profile, readText: ReadText): Promise<PackageVersions> {
  const folders = new Map<string, string>()
  for (const { file, group } of profile.frames) {
    const found = file === null || group !== undefined ? null : findPackageFolder(file)
    if (found) folders.set(found.folder, found.name)
  }
  const found = await Promise.all(
    [...folders].map(async ([folder, name]) => {
      const version = readVersion(await readText(`${folder}/package.json`))
      return version === null ? [] : [[folder, `${name}@${version}`] as const]
    }),
  )
  return Object.fromEntries(found.flat())
}

function readVersion(text: string | null): string | null {
  try {
    const { version } = JSON.parse(text ?? '') as { version?: unknown }
    return typeof version === 'string' && version !== '' ? version : null
  } catch {
    return null
  }
}

/** Frames of these packages get the name with its version as their group. */
export function applyVersions(profile: Profile, versions: PackageVersions): Profile {
  const frames = profile.frames.map(frame => {
    const folder = frame.file === null ? undefined : findPackageFolder(frame.file)?.folder
    if (frame.group !== undefined || folder === undefined || !Object.hasOwn(versions, folder)) return frame
    return { ...frame, group: versions[folder]! }
  })
  return { ...profile, frames }
}

/**
 * The text of a V8 profile (`.cpuprofile`, `.heapprofile`) with the versions in a key of its own, which other tools skip.
 * Comes back by `readKeptVersions`.
 */
export function keepVersions(text: string, versions: PackageVersions): string {
  return text.replace(/\}\s*$/, () => `,"whyslow":${JSON.stringify({ packages: versions })}}`)
}

export function readKeptVersions(profile: Record<string, unknown>): PackageVersions {
  const { packages } = (profile.whyslow ?? {}) as { packages?: unknown }
  const entries = typeof packages === 'object' && packages !== null ? Object.entries(packages) : []
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
