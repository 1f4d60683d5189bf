/** A text that is too long ends at a heading or a paragraph, and its last code block is closed. */

const FENCE = /^ *(?:(`{3,})[^`]*|(~{3,}).*)$/

/** At most `length` UTF-16 units, and what closes a code block. As little as half of that where there is no better place. */
export function cutMarkdown(markdown: string, length: number): string {
  if (markdown.length <= length) return markdown
  const lines = markdown.split('\n')
  let used = 0
  let open: string | null = null
  let best = 0
  let lastLine = 0
  for (const line of lines) {
    if (open === null && line.trim() === '') best = used
    if (used + line.length > length) break
    const fence = FENCE.exec(line)
    if (open !== null && isEndOf(line, open)) open = null
    else if (open === null && fence !== null) open = /^ */.exec(line)![0] + (fence[1] ?? fence[2])
    used += line.length + 1
    lastLine = used
  }
  const isGood = best >= length / 2
  const end = isGood ? best : lastLine >= length / 2 ? lastLine : length
  const kept = keepPairs(markdown.slice(0, end)).trimEnd()
  if (isGood || open === null) return trimHeadings(kept)
  return `${kept}\n${open}`
}

function isEndOf(line: string, open: string): boolean {
  const fence = open.trim()
  const found = /^ *(`+|~+)\s*$/.exec(line)?.[1]
  return found !== undefined && found[0] === fence[0] && found.length >= fence.length
}

/** A heading above nothing goes. */
function trimHeadings(text: string): string {
  const lines = text.split('\n')
  while (lines.length > 0 && /^(?:#{1,6} .*|\s*)$/.test(lines.at(-1)!)) lines.pop()
  return lines.join('\n')
}

function keepPairs(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text
}
