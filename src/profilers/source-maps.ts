/**
 * Functions of compiled or bundled files → where they are in the source that people edit, and their names there.
 *
 * A file's map is what its last `//# sourceMappingURL=` names (a file, or a data URL), else `<file>.map` beside it
 * (https://tc39.es/ecma426/). Maps are read by Node's own `SourceMap`, which leaves out `sourceRoot`: it is put in front
 * here. V8 gives a function's place as its parameter list, so its name is looked up at the identifier in front of that.
 * Needs the line and the column; a program that has been built anew since the capture gives wrong places.
 */
import { SourceMap, type SourceMapPayload } from 'node:module'
import path from 'node:path'
import type { Warning } from '../warnings.js'
import { findPackageFolder } from './groups.js'
import type { ReadText } from './local-files.js'
import type { Frame, Profile } from './profile.js'
import { StackTable } from './stack-table.js'

export interface MappedProfile {
  profile: Profile
  warnings: Warning[]
}

/** `readFile` is the only way to the disk. What has no map stays as it is; a map that can't be used is a warning. */
export async function applySourceMaps(
  profile: Profile,
  { readFile }: { readFile: ReadText },
): Promise<MappedProfile> {
  const files = new Set(profile.frames.filter(isMappable).map(({ file }) => file!))
  const programs = new Map<string, Program>()
  const unusable: { file: string; why: string }[] = []
  for (const file of files) {
    const program = await readProgram(file, readFile)
    if (typeof program === 'string') unusable.push({ file, why: program })
    else if (program) programs.set(file, program)
  }
  const warnings = describeUnusable(unusable)
  if (programs.size === 0) return { profile, warnings }
  return { profile: replaceFrames(profile, frame => mapFrame(frame, programs)), warnings }
}

function isMappable({ file, line, column, kind }: Frame): boolean {
  return kind === 'code' && file !== null && line !== null && column !== null && !/^[a-z]{2,}:/.test(file)
}

/** A compiled file with its map. */
interface Program {
  lines: string[]
  map: SourceMap
  /** What relative names of sources begin from. */
  folder: string
}

/** Null for a file without a map, a reason for one whose map can't be used. */
async function readProgram(file: string, readFile: ReadText): Promise<Program | string | null> {
  const text = await readFile(file)
  if (text === null) return null
  const url = [...text.matchAll(/^[ \t]*\/[/*][#@][ \t]*sourceMappingURL=([^\s'"*]+)/gm)].at(-1)?.[1]
  const found =
    url === undefined
      ? { name: `${file}.map`, text: await readFile(`${file}.map`) }
      : await readMap(url, file, readFile)
  if (found.text === null) return url === undefined ? null : 'its map is missing'
  try {
    const payload = JSON.parse(found.text.replace(/^\)\]\}'.*\n/, '')) as SourceMapPayload
    if (payload.version !== 3) return 'its map is not of version 3'
    const folder = path.resolve(path.dirname(found.name), payload.sourceRoot ?? '')
    return { lines: text.split(/\r\n|[\n\r\u2028\u2029]/), map: new SourceMap(payload), folder }
  } catch (error) {
    return `its map is broken (${(error as Error).message})`
  }
}

async function readMap(
  url: string,
  file: string,
  readFile: ReadText,
): Promise<{ name: string; text: string | null }> {
  const data = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url)
  if (data) {
    const [, isBase64, body] = data
    const text = isBase64 ? Buffer.from(body!, 'base64').toString() : decode(body!)
    return { name: file, text }
  }
  if (/^[a-z]{2,}:/i.test(url)) return { name: file, text: null }
  const name = path.resolve(path.dirname(file), decode(url))
  return { name, text: await readFile(name) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function mapFrame(frame: Frame, programs: ReadonlyMap<string, Program>): Frame {
  const program = isMappable(frame) ? programs.get(frame.file!) : undefined
  if (!program) return frame
  const [line, column] = [frame.line! - 1, frame.column! - 1]
  const entry = findEntry(program.map, line, column)
  if (!entry || isLoading(frame, program)) return frame
  const { originalSource, originalLine, originalColumn } = entry
  return {
    ...frame,
    function: findName(frame.function, program, line, column) ?? frame.function,
    file: placeOf(originalSource, program.folder),
    line: originalLine + 1,
    column: originalColumn + 1,
  }
}

/** What a bundle does while it loads is in none of its sources alone. */
function isLoading({ function: name, line, column }: Frame, { map }: Program): boolean {
  return name === '(anonymous)' && line === 1 && column === 1 && map.payload.sources?.length !== 1
}

interface Entry {
  generatedColumn: number
  originalSource: string
  originalLine: number
  originalColumn: number
  name?: string | undefined
}

/** The mapping that covers a place, if there is one in its line. Lines and columns from 0. */
function findEntry(map: SourceMap, line: number, column: number): Entry | null {
  const entry = map.findEntry(line, column) as Partial<Entry> & { generatedLine?: number }
  return entry.generatedLine === line && entry.originalSource !== undefined ? (entry as Entry) : null
}

const IDENTIFIER = /([#$_\p{ID_Start}][$\p{ID_Continue}]*)\s*$/u
const ASSIGNED =
  /([#$_\p{ID_Start}][$\p{ID_Continue}]*)\s*[=:]\s*\(?\s*(?:async\b\s*)?(?:function\b\s*\*?\s*)?$/u

/** What the function was called: `name(…)`, or `name = (…) =>`. Null where the map names nothing there. */
function findName(name: string, { lines, map }: Program, line: number, column: number): string | null {
  const before = lines[line]?.slice(Math.max(0, column - 500), column) ?? ''
  const own = name.split(/[. ]/).at(-1)
  const found = [IDENTIFIER, ASSIGNED].map(pattern => pattern.exec(before)).find(match => match?.[1] === own)
  if (!found) return null
  const at = column - before.length + found.index
  const entry = findEntry(map, line, at)
  return entry?.generatedColumn === at && entry.name ? entry.name : null
}

function placeOf(source: string, folder: string): string {
  if (/^[a-z][a-z\d+.-]+:/i.test(source))
    return source.startsWith('file://') ? decode(new URL(source).pathname) : source
  return path.resolve(folder, source)
}

/** Two functions may have become the same one, and their paths with them. */
function replaceFrames(profile: Profile, replace: (frame: Frame) => Frame): Profile {
  const table = new StackTable(profile.name ?? '')
  const frameOf = profile.frames.map(frame => table.frame(replace(frame)))
  const pathOf = new Int32Array(profile.stacks.length)
  for (const [index, { frame, parent, self, samples }] of profile.stacks.entries()) {
    const path = table.path(frameOf[frame]!, parent < 0 ? -1 : pathOf[parent]!)
    pathOf[index] = path
    table.add(path, self, samples)
  }
  const order = profile.order && { ...profile.order, nodes: profile.order.nodes.map(node => pathOf[node]!) }
  return { ...profile, frames: table.frames, stacks: table.stacks(), ...(order && { order }) }
}

/** Packages often name maps that they don't ship: nobody can mend that, so it isn't said. */
function describeUnusable(all: readonly { file: string; why: string }[]): Warning[] {
  const unusable = all.filter(({ file }) => !findPackageFolder(file))
  if (unusable.length === 0) return []
  const shown = unusable.slice(0, 3).map(({ file, why }) => `${file}: ${why}`)
  const more = unusable.length > shown.length ? [`and ${unusable.length - shown.length} more`] : []
  return [
    {
      code: 'source-map-unusable',
      message: `Functions are shown where they are in compiled files, since source maps can't be used: ${[...shown, ...more].join('; ')}.`,
      next: 'Put the maps beside the files that were running, and import the profile again.',
    },
  ]
}
