/** What profiles can be read from and written to: one declaration a format, in the order in which they are tried. */
import type { Warning } from '../../warnings.js'
import type { Profile } from '../profile.js'
import { COLLAPSED } from './collapsed.js'
import { CPUPROFILE } from './cpuprofile.js'
import { HEAPPROFILE } from './heapprofile.js'
import { PERF_SCRIPT } from './perf-script.js'
import { PPROF } from './pprof.js'
import { SPEEDSCOPE } from './speedscope.js'

/** A file whose compression is gone. */
export interface ProfileInput {
  /** As it was given; named in errors. */
  file: string
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
  /** By content, never by name. */
  detect(input: ProfileInput): boolean
  /**
   * One profile a thread, or process. `warn` takes what was left out. Throws a `WhyslowError` that says what is wrong,
   * and where.
   */
  read(input: ProfileInput, warn: (warning: Warning) => void): Promise<Profile[]>
  /** Throws a `WhyslowError` where the format can't hold it. */
  write?: (profile: Profile) => string | Uint8Array
}

/** The most particular first: text that fits nothing else may still look like collapsed stacks. */
export const FORMATS: readonly ProfileFormat[] = [
  CPUPROFILE,
  HEAPPROFILE,
  SPEEDSCOPE,
  PPROF,
  PERF_SCRIPT,
  COLLAPSED,
]
