/** Profiles in another form: into a file, or to stdout. */
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { Profile } from '../profilers/profile.js'
import { escapeLines } from '../reports/escape.js'
import type { Warning } from '../warnings.js'
import { writeFileAtomic } from '../workbook/write-file.js'
import { exportProfile } from './export-profile.js'
import { type Opener, openFile } from './open-file.js'
import { nameDrawing, type ShownProfile, type ShownProfiles } from './show-profiles.js'
import type { ChartFiles } from './write-charts.js'

export interface WriteRequest {
  /** One of `listExports`. Null: a page, which goes beside the profile unless `out` says otherwise. */
  as: string | null
  out: string | null
  cwd: string
  home: string
  /** What is at the other end of stdout; `json`: the result goes there. */
  stdout: 'terminal' | 'pipe' | 'json'
  /** Opens the file then. */
  opener: Opener | null
}

export interface WrittenProfile {
  profiles: ShownProfile[]
  as: string
  /** Absolute; null on stdout. */
  file: string | null
  bytes: number
  opened: boolean
  warnings: Warning[]
}

/** `content`: what is to go to stdout, where no file was asked for. */
export async function writeProfile(
  shown: ShownProfiles,
  request: WriteRequest,
): Promise<{ written: WrittenProfile; content: string | Uint8Array | null }> {
  const as = request.as ?? 'html'
  const file = chooseFile(shown, request)
  if (file === null && request.stdout === 'json') {
    throw new WhyslowError(`--json and --as ${as} can't both have stdout.`, {
      next: [`Name a file: --out profile.${as}`],
    })
  }
  const warnings = [...shown.warnings]
  const warn = (warning: Warning): unknown => warnings.push(warning)
  const content = await exportProfile(nameMerged(shown), as, { home: request.home, warn })
  const isBinary = typeof content !== 'string'
  if (file === null && isBinary && request.stdout === 'terminal') {
    throw new WhyslowError(`${as} is binary, which a terminal can't show.`, {
      next: [`Name a file: --out profile.${as}`, `or send it on: … --as ${as} | …`],
    })
  }
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length
  if (file !== null) await writeFileAtomic(file, content)
  const opened = file !== null && request.opener !== null && (await openFile(file, request.opener))
  const written = { profiles: shown.profiles, as, file, bytes, opened, warnings }
  if (file !== null) return { written, content: null }
  return { written, content: isBinary || request.stdout === 'pipe' ? content : escapeLines(content) }
}

function chooseFile(shown: ShownProfiles, { as, out, cwd }: WriteRequest): string | null {
  if (out !== null) return path.resolve(cwd, out)
  return as === null ? nameDrawing(shown, '.html') : null
}

/** The flame graph as a picture and a page. Returns the warnings, with those of the page. */
export async function drawProfiles(
  shown: ShownProfiles,
  files: ChartFiles,
  home: string,
): Promise<Warning[]> {
  const warnings = [...shown.warnings]
  const warn = (warning: Warning): unknown => warnings.push(warning)
  for (const as of ['svg', 'html'] as const) {
    const file = files[as]
    if (file !== undefined)
      await writeFileAtomic(file, await exportProfile(nameMerged(shown), as, { home, warn }))
  }
  return warnings
}

/** In another form it has no file name any more that says what it is. */
function nameMerged({ merged, profiles }: ShownProfiles): Profile {
  const [first, ...others] = [...new Set(profiles.map(({ file }) => path.basename(file)))]
  return {
    ...merged,
    name: merged.name ?? (others.length === 0 ? first! : `${first} and ${others.length} more`),
  }
}
