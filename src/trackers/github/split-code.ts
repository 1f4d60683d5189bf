/**
 * The code spans of one line. Only a line in which every backtick belongs to a span that also ends in it reads the same whatever stands
 * around it. Source: https://spec.commonmark.org/0.31.2/#code-spans
 */
export interface Part {
  text: string
  isCode: boolean
}

/** An address takes backticks into itself. */
const ADDRESS = /(?:https?:\/\/|ftp:\/\/|www\.|mailto:|xmpp:)[^\s<]*/iy
const LINK_END = /\]\((?:<[^<>\n`]*>|[^\s()<>`\\]*)\)|\]\[[^[\]`\\]*\]/y
const AUTOLINK = /<https?:\/\/[^\s<>`]*>/iy

/** The parts are the line again. Null: what is code depends on more than this line. */
export function splitCode(line: string): Part[] | null {
  if (!line.includes('`')) return [{ text: line, isCode: false }]
  const parts: Part[] = []
  let done = 0
  const runs = findRuns(line)
  for (let at = 0; at < line.length; ) {
    const rest = matchAt(ADDRESS, line, at) ?? matchAt(LINK_END, line, at) ?? matchAt(AUTOLINK, line, at)
    if (rest?.includes('`')) return null
    if (rest !== null) at += rest.length
    else if (/^\][([]/.test(line.slice(at, at + 2))) return null
    else if (line[at] === '\\') at += 2
    else if (line[at] !== '`') at += 1
    else {
      const end = findSpanEnd(line, at, runs)
      if (end === null) return null
      parts.push({ text: line.slice(done, at), isCode: false }, { text: line.slice(at, end), isCode: true })
      done = end
      at = end
    }
  }
  parts.push({ text: line.slice(done), isCode: false })
  const [inside, outside] = [true, false].map(isCode => parts.filter(part => part.isCode === isCode))
  if (inside!.some(({ text }) => /(?<!\\)\|/.test(text))) return null
  if ([inside!, outside!].every(some => some.some(({ text }) => text.includes('$')))) return null
  return parts
}

/** Where runs of backticks begin, by their length; the first one last. */
function findRuns(line: string): Map<number, number[]> {
  const runs = new Map<number, number[]>()
  for (const { 0: run, index } of line.matchAll(/`+/g)) {
    const same = runs.get(run.length)
    if (same) same.push(index)
    else runs.set(run.length, [index])
  }
  for (const starts of runs.values()) starts.reverse()
  return runs
}

function findSpanEnd(line: string, at: number, runs: Map<number, number[]>): number | null {
  let length = 1
  while (line[at + length] === '`') length += 1
  const starts = runs.get(length) ?? []
  while (starts.length > 0 && starts.at(-1)! < at + length) starts.pop()
  const end = starts.at(-1)
  return end === undefined ? null : end + length
}

/** What a sticky pattern takes from there on; null: nothing. */
export function matchAt(pattern: RegExp, line: string, at: number): string | null {
  pattern.lastIndex = at
  return pattern.exec(line)?.[0] ?? null
}
