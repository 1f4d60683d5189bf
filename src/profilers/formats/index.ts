/** What profiles can be read from and written to: one declaration a format, in the order in which they are tried. */
import type { Profile } from '../profile.js'
import { CPUPROFILE } from './cpuprofile.js'

/** A file whose compression is gone. */
export interface ProfileInput {
  /** As it was given; named in errors. */
  file: string
  /** In bytes, decompressed. */
  size: number
  /** The first bytes, at most 64 KB. */
  head: Buffer
  /** Throws a `WhyslowError` where it is too large for one string. */
  text(): Promise<string>
  bytes(): Promise<Buffer>
  /** Without their ends; for what is too large for one string. */
  lines(): AsyncIterable<string>
}

export interface ProfileFormat {
  name: string
  /** With its dot. */
  extension: string
  detect(input: ProfileInput): boolean
  /** One profile a thread, or process. Throws a `WhyslowError` that says what is wrong, and where. */
  read(input: ProfileInput): Promise<Profile[]>
  write?: (profile: Profile) => string | Uint8Array
}

export const FORMATS: readonly ProfileFormat[] = [CPUPROFILE]
