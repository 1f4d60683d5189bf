import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { keepVersions, type PackageVersions } from './find-versions.js'
import { openProfile } from './open-profile.js'

/** Into a V8 profile's file; see `keepVersions`. In gzip it stays. */
export async function writeVersions(file: string, versions: PackageVersions): Promise<void> {
  if (Object.keys(versions).length === 0) return
  const input = await openProfile(file)
  const text = keepVersions(await input.text(), versions)
  await writeFile(file, input.isGzip ? gzipSync(text) : text)
}
