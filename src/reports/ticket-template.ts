/** The text of a ticket with named places: `{{claim}}`. Teams may have their own. */
import { WhyslowError } from '../errors.js'

interface Section {
  /** 0 in front of the first heading. */
  level: number
  lines: string[]
}

const PLACE = /\{\{\s*([\w-]+)\s*\}\}/g

/**
 * Puts the values in. A section of which every place is empty is left out with its heading; one without places is kept. Values are
 * put in as they are: a `{{name}}` inside of one stays. Throws on a name that there is no value for, with its place in `file`.
 */
export function fillTemplate(template: string, values: Record<string, string>, file: string): string {
  const lines = readLines(template)
  lines.forEach((line, i) => {
    for (const match of line.matchAll(PLACE)) {
      if (!Object.hasOwn(values, match[1]!))
        throw unknownPlace(match[1]!, values, { file, line: i + 1, column: match.index + 1 })
    }
  })
  const sections = readSections(lines)
  const kept = sections.filter((section, i) => isWorthIt([section, ...childrenOf(sections, i)], values))
  const shown = kept.flatMap(section => section.lines).filter(line => !isEmptied(line, values))
  return shown
    .filter((line, i) => line.trim() !== '' || (i > 0 && shown[i - 1]!.trim() !== ''))
    .map(line => line.replace(PLACE, (_, name: string) => values[name]!).trimEnd())
    .join('\n')
    .trim()
}

/** Without comments, which are for those who edit it; their lines stay, so that places of mistakes are right. */
function readLines(template: string): string[] {
  const text = template.replace(/<!--[\s\S]*?-->/g, comment => comment.replace(/[^\n]/g, ''))
  return text.split(/\r?\n/)
}

/** From a heading, or a line across the page, to the next. */
function readSections(lines: string[]): Section[] {
  const sections: Section[] = [{ level: 0, lines: [] }]
  for (const line of lines) {
    const level = /^-{3,}\s*$/.test(line) ? 1 : /^(#{1,6})\s/.exec(line)?.[1]?.length
    if (level !== undefined) sections.push({ level, lines: [line] })
    else sections.at(-1)!.lines.push(line)
  }
  return sections
}

function childrenOf(sections: Section[], at: number): Section[] {
  const after = sections.slice(at + 1)
  const end = after.findIndex(section => section.level <= sections[at]!.level)
  return end < 0 ? after : after.slice(0, end)
}

function isWorthIt(sections: Section[], values: Record<string, string>): boolean {
  const names = sections
    .flatMap(section => section.lines)
    .flatMap(line => [...line.matchAll(PLACE)].map(match => match[1]!))
  return names.length === 0 || names.some(name => values[name]!.trim() !== '')
}

/** A line that has places, all of them empty, and nothing else. */
function isEmptied(line: string, values: Record<string, string>): boolean {
  return line.match(PLACE) !== null && line.replace(PLACE, (_, name: string) => values[name]!).trim() === ''
}

function unknownPlace(
  name: string,
  values: Record<string, string>,
  place: { file: string; line: number; column: number },
): WhyslowError {
  return new WhyslowError(`Expected the name of a part of a ticket, found “${name}”.`, {
    place,
    next: [`One of: ${Object.keys(values).join(', ')}`],
  })
}
