/** A profile in the words of this machine: where people wrote its functions, and which versions of packages it ran. */
import { applyVersions, findVersions, type PackageVersions } from './find-versions.js'
import type { ReadText } from './local-files.js'
import type { Profile } from './profile.js'
import { applySourceMaps, type MappedProfile } from './source-maps.js'

export interface LocatedProfile extends MappedProfile {
  /** Of the packages in it, as they are installed here. */
  versions: PackageVersions
}

/**
 * Versions are looked up before and after: a map may lead out of a
 * package's folder (of one that was compiled), or into one (that was bundled).
 */
export async function locateProfile(profile: Profile, readFile: ReadText): Promise<LocatedProfile> {
  const versions = await findVersions(profile, readFile)
  const { profile: mapped, warnings } = await applySourceMaps(applyVersions(profile, versions), { readFile })
  const bundled = await findVersions(mapped, readFile)
  return { profile: applyVersions(mapped, bundled), versions, warnings }
}
