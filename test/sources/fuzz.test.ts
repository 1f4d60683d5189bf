/** 100,000 lines of all fixtures, damaged at random: no crash, no hang, and every line is accounted for. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { countLines, importInto, importText, makeWorkbook, query, ROOT, rejectsOf } from './import-into.js'

const LOGS = path.join(ROOT, 'fixtures/logs')
const LINES = 100_000
const LINES_PER_FILE = 4_000

/** Fixtures whose entries are single lines. */
const names = readdirSync(LOGS).filter(
  name => /\.(?:log|ndjson|ltsv)$/.test(name) && !name.includes('.expected.'),
)

function createRandom(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 4_294_967_296) * below)
  }
}

const ODD = [
  '"',
  '\\',
  '\0',
  '\r',
  '\t',
  ' ',
  '-',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\ufeff',
  '💥',
  '\x1b]0;x\x07',
  '9'.repeat(30),
  '"'.repeat(3),
]

type Damage = (line: string, random: (below: number) => number, other: string) => string
const DAMAGES: Damage[] = [
  (line, random) => line.slice(0, random(line.length + 1)),
  (line, random) => line.slice(random(line.length + 1)),
  (line, random) => insert(line, random, ODD[random(ODD.length)]!),
  (line, random) => insert(insert(line, random, ODD[random(ODD.length)]!), random, ODD[random(ODD.length)]!),
  (line, random) => {
    const at = random(line.length + 1)
    return line.slice(0, at) + line.slice(at + 1 + random(12))
  },
  (line, random, other) => line.slice(0, random(line.length + 1)) + other.slice(random(other.length + 1)),
  (line, random) =>
    line.replaceAll(/\d+/g, number =>
      random(6) === 0 ? ['-1', '-', '', 'NaN', '1e400', '99999999999999999999'][random(6)]! : number,
    ),
  (line, random) =>
    line
      .split(' ')
      .sort(() => random(3) - 1)
      .join(' '),
  (_line, random) =>
    String.fromCharCode(...Array.from({ length: random(80) }, () => random(256))).replaceAll('\n', ' '),
]

function insert(line: string, random: (below: number) => number, text: string): string {
  const at = random(line.length + 1)
  return line.slice(0, at) + text + line.slice(at)
}

function damage(lines: string[], count: number, seed: number): string {
  const random = createRandom(seed)
  const written = Array.from({ length: count }, () => {
    const line = lines[random(lines.length)]!
    return random(3) === 0
      ? line
      : DAMAGES[random(DAMAGES.length)]!(line, random, lines[random(lines.length)]!)
  })
  return `${written.join('\n')}\n`
}

describe('damaged lines', () => {
  const perFixture = Math.ceil(LINES / names.length / LINES_PER_FILE)
  test.each(names)('%s', { timeout: 120_000 }, async name => {
    const lines = readFileSync(path.join(LOGS, name), 'utf8')
      .split('\n')
      .filter(line => line !== '')
    const configFile = path.join(LOGS, name.replace(/\.\w+$/, '.whyslow.yaml'))
    const config = existsSync(configFile) ? readFileSync(configFile, 'utf8') : ''
    const original = await importInto(await makeWorkbook(config), path.join(LOGS, name))
    expect(original.failures).toEqual([])
    const as = original.sources[0]!.format
    // The header stays, since without one nothing of the file could be read.
    const headerLines = lines.findIndex(line => !line.startsWith('#'))
    const header = lines.slice(0, headerLines).map(line => `${line}\n`)
    for (let i = 0; i < perFixture; i += 1) {
      const workbook = await makeWorkbook(config)
      const content = header.join('') + damage(lines.slice(headerLines), LINES_PER_FILE, 7 * i + 1)
      const source = await importText(workbook, name, content, { as })
      const { rows, rejected, skipped } = source
      expect([name, i, rows + rejected + skipped]).toEqual([name, i, countLines(content)])
      expect(await query(workbook, 'FROM requests WHERE "time" IS NULL')).toEqual([])
      const rejects = await rejectsOf(workbook, source)
      expect(rejects).toHaveLength(rejected)
      expect(rejects.every(({ line, reason }) => line > 0 && reason !== '')).toBe(true)
    }
  })
})
