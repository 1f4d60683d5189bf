/**
 * Which functions of two versions are the same one: by name and file.
 *
 * Of a dependency the path within the package counts, so that a new version or another package manager's folders match. Own code may lie
 * in another folder on each side (`/srv/releases/41`, `/srv/releases/42`): the pair of folders under which most files match is taken as
 * the same. Lines shift between versions, so they only tell apart several functions of one name in one file (all the anonymous ones):
 * first those on the same line, once the file's commonest shift is taken off, then the rest in their order.
 *
 * Misleads where a file was rewritten: which anonymous function became which is then a guess.
 */
import path from 'node:path'
import type { Frame } from './profile.js'

export interface FramePair {
  /** Null: only seen after. */
  before: Frame | null
  /** Null: only seen before. */
  after: Frame | null
}

export interface MatchedFrames {
  pairs: FramePair[]
  /** Position in `pairs`. */
  pairOf: ReadonlyMap<Frame, number>
}

/** Frames of one side that are equal in all fields have to be the same object. */
export function matchFrames(before: readonly Frame[], after: readonly Frame[]): MatchedFrames {
  const moved = findMovedFolder(before, after)
  const [ofBefore, ofAfter] = [groupByFile(before, moved.before), groupByFile(after, moved.after)]
  const pairs: FramePair[] = []
  for (const [file, names] of ofBefore) {
    const others = ofAfter.get(file) ?? new Map<string, Frame[]>()
    const shift = commonestShift(names, others)
    for (const [name, frames] of names) pairs.push(...pairByPlace(frames, others.get(name) ?? [], shift))
  }
  for (const [file, names] of ofAfter) {
    for (const [name, frames] of names) {
      if (!ofBefore.get(file)?.has(name)) pairs.push(...frames.map(frame => ({ before: null, after: frame })))
    }
  }
  const pairOf = new Map<Frame, number>()
  for (const [index, pair] of pairs.entries()) {
    if (pair.before) pairOf.set(pair.before, index)
    if (pair.after) pairOf.set(pair.after, index)
  }
  return { pairs, pairOf }
}

/** By file, then by name and kind; each list in the order of the file. */
function groupByFile(frames: readonly Frame[], folder: string): Map<string, Map<string, Frame[]>> {
  const files = new Map<string, Map<string, Frame[]>>()
  for (const frame of frames.toSorted(comparePlaces)) {
    const file = fileKey(frame, folder)
    const names = files.get(file) ?? new Map<string, Frame[]>()
    files.set(file, names)
    const name = `${frame.kind} ${frame.function}`
    const known = names.get(name)
    if (known) known.push(frame)
    else names.set(name, [frame])
  }
  return files
}

function comparePlaces(one: Frame, other: Frame): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0)
}

/** The path within its package, or below the side's own folder. */
function fileKey({ file }: Frame, folder: string): string {
  if (file === null) return ''
  return withinPackage(file) ?? (file.startsWith(folder) ? `~${file.slice(folder.length)}` : file)
}

function withinPackage(file: string): string | null {
  const at = file.replaceAll('\\', '/').lastIndexOf('/node_modules/')
  return at < 0 ? null : file.slice(at).replaceAll('\\', '/')
}

/** The two folders, each with its `/` at the end, below which most files of own code have the same path; '' where none differ. */
function findMovedFolder(
  before: readonly Frame[],
  after: readonly Frame[],
): { before: string; after: string } {
  const [own, others] = [ownFiles(before), ownFiles(after)]
  const byName = Map.groupBy(others, file => path.posix.basename(file))
  const votes = new Map<string, { before: string; after: string; count: number }>()
  for (const file of own) {
    for (const other of byName.get(path.posix.basename(file)) ?? []) {
      const folders = dropCommonEnd(file, other)
      const key = JSON.stringify(folders)
      const known = votes.get(key)
      votes.set(key, { ...folders, count: (known?.count ?? 0) + 1 })
    }
  }
  const [most] = [...votes.values()].sort(
    (a, b) => b.count - a.count || a.before.length - b.before.length || a.after.length - b.after.length,
  )
  return most ?? { before: '', after: '' }
}

function ownFiles(frames: readonly Frame[]): string[] {
  const files = frames.flatMap(({ file }) => (file === null || file.startsWith('node:') ? [] : [file]))
  return [...new Set(files)].filter(file => withinPackage(file) === null)
}

function dropCommonEnd(one: string, other: string): { before: string; after: string } {
  if (one === other) return { before: '', after: '' }
  const [ofOne, ofOther] = [one.split('/'), other.split('/')]
  while (ofOne.length > 1 && ofOther.length > 1 && ofOne.at(-1) === ofOther.at(-1)) {
    ofOne.pop()
    ofOther.pop()
  }
  return { before: `${ofOne.join('/')}/`, after: `${ofOther.join('/')}/` }
}

/** In lines; 0 where nothing says otherwise. */
function commonestShift(names: Map<string, Frame[]>, others: Map<string, Frame[]>): number {
  const votes = new Map<number, number>()
  for (const [name, frames] of names) {
    for (const frame of frames) {
      for (const other of others.get(name) ?? []) {
        const shift = (other.line ?? 0) - (frame.line ?? 0)
        votes.set(shift, (votes.get(shift) ?? 0) + 1)
      }
    }
  }
  const [most] = [...votes].sort(([a, ofA], [b, ofB]) => ofB - ofA || Math.abs(a) - Math.abs(b))
  return most?.[0] ?? 0
}

/** Both lists in the order of the file. */
function pairByPlace(before: readonly Frame[], after: readonly Frame[], shift: number): FramePair[] {
  const partnerOf = new Map<Frame, Frame>()
  const free = new Set(after)
  for (const frame of before) {
    const same = after.find(
      other =>
        free.has(other) &&
        (other.line ?? 0) === (frame.line ?? 0) + (frame.line === null ? 0 : shift) &&
        other.column === frame.column,
    )
    if (!same) continue
    partnerOf.set(frame, same)
    free.delete(same)
  }
  pairRest(before, after, { partnerOf, free })
  return [
    ...before.map(frame => ({ before: frame, after: partnerOf.get(frame) ?? null })),
    ...[...free].map(frame => ({ before: null, after: frame })),
  ]
}

/** In order of appearance, never across a pair that is known. */
function pairRest(
  before: readonly Frame[],
  after: readonly Frame[],
  { partnerOf, free }: { partnerOf: Map<Frame, Frame>; free: Set<Frame> },
): void {
  let at = 0
  for (const [index, frame] of before.entries()) {
    const known = partnerOf.get(frame)
    if (known) {
      at = Math.max(at, after.indexOf(known) + 1)
      continue
    }
    const nextKnown = before.slice(index + 1).find(other => partnerOf.has(other))
    const end = nextKnown ? after.indexOf(partnerOf.get(nextKnown)!) : after.length
    const found = after.findIndex((other, place) => place >= at && place < end && free.has(other))
    if (found < 0) continue
    partnerOf.set(frame, after[found]!)
    free.delete(after[found]!)
    at = found + 1
  }
}
