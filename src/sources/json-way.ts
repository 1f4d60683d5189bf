/**
 * The fast way for lines of JSON: the engine reads them as objects, keeps those that are requests beyond doubt, and tells the places of
 * the others, which are then read one by one. Its reader drops blank lines without a word, so a file that has any balances only by chance
 * when lines are left over: then it goes the exact way.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { type Engine, sqlText } from '../store/engine.js'
import { isSound } from './columns-sql.js'
import { readContainerLine } from './container-line.js'
import type { Layout } from './layout.js'
import type { Input } from './open-input.js'
import { type Located, tooLong } from './read-entries.js'
import { decodeLine, LONGEST_LINE } from './read-lines.js'
import type { Scan } from './scan-file.js'

/** Above this share of the lines, the exact way is the faster one. */
const MOST_OTHERS = 0.2

/** The layout's fields of each object of the file, null where a line is none, and `n`: the how-many-th line it is. */
export function readJsonLines(layout: Layout, file: string, isNumbered = false): string {
  const n = isNumbered ? 'row_number() OVER () AS n' : 'NULL::BIGINT AS n'
  const { runtime } = layout.json!
  const rest = 'NULL::TIMESTAMP AS exact_time, NULL::VARCHAR AS more'
  const objects = `read_ndjson_objects(${sqlText(file)}, ignore_errors = true, compression = 'uncompressed')`
  if (runtime === null)
    return `(SELECT json, ${rest}, NULL::VARCHAR AS container, ${n}, strlen(json) AS bytes FROM ${objects})`
  const lines = runtime === 'cri' ? criLines(file, n) : dockerLines(objects, n)
  return `(SELECT CASE WHEN json_valid(program) THEN program END AS json, ${rest}, container, n, bytes FROM ${lines})`
}

/**
 * The same layout over the file and a template of its records, from which the engine tells names and types: it reads each line once then,
 * where the usual way looks at names and values one after the other. Fails at the first line that is no object or has a member that isn't
 * known. The template's own row has no time.
 */
export function strictly(layout: Layout, template: string, file: string): { layout: Layout; from: string } {
  const { record } = layout.json!.strict!
  const { record: _, keys: __, ...derived } = layout.derived!
  const from = `(SELECT *, NULL::VARCHAR AS json, NULL::TIMESTAMP AS exact_time, NULL::VARCHAR AS more, NULL::VARCHAR AS container
    FROM (SELECT ${record} AS record FROM read_json([${sqlText(template)}, ${sqlText(file)}], format = 'newline_delimited', maximum_sample_files = 1,
      map_inference_threshold = -1, maximum_object_size = ${LONGEST_LINE}, compression = 'uncompressed', hive_partitioning = false)))`
  return { layout: { ...layout, derived }, from }
}

/** Whole lines only: `TIME stdout F {…}`. */
function criLines(file: string, n: string): string {
  const lines = `(SELECT *, strpos(line, ' F ') AS flag, ${n} FROM read_csv(${sqlText(file)}, auto_detect = false, header = false,
    columns = {line: 'VARCHAR'}, delim = '\x1f', quote = '', escape = '', nullstr = '\x1e', compression = 'none', store_rejects = true))`
  const place = `(SELECT *, left(line, flag - 1) AS container FROM ${lines})`
  const isCri = `flag BETWEEN 27 AND 43 AND try_cast(left(container, -7) AS TIMESTAMP) IS NOT NULL
    AND right(container, 7) IN (' stdout', ' stderr')`
  return `(SELECT CASE WHEN ${isCri} THEN substr(line, flag + 3) END AS program, container, n, strlen(line) AS bytes FROM ${place})`
}

/** Whole lines only: those with their newline, and nothing beside text, stream and time. */
function dockerLines(objects: string, n: string): string {
  const outer = `(SELECT json_transform(json, '{"log":"VARCHAR","stream":"VARCHAR","time":"VARCHAR"}') AS line, json_keys(json) AS names,
    strlen(json) AS bytes, ${n} FROM ${objects})`
  const isWhole = `ends_with(line.log, chr(10)) AND list_has_all(['log', 'stream', 'time'], names)`
  return `(SELECT CASE WHEN ${isWhole} THEN left(line.log, -1) END AS program, line."time" || ' ' || line.stream AS container, n, bytes FROM ${outer})`
}

/** SQL, over the fields and derived names, of what a row must be so that it needs no second look. */
export function soundJson(layout: Layout): string {
  const { sound, known } = layout.json!
  return `json IS NOT NULL AND bytes <= ${LONGEST_LINE} AND (${known}) AND (${sound})`
}

/** Of columns with a flag `sound`, those of the sound rows. */
export function keepSound(layout: Layout, select: string): string {
  return `SELECT * EXCLUDE (sound) FROM (${select}) WHERE sound AND ${isSound(layout)}`
}

/** The lines whose rows aren't sound, with their numbers; null when there are too many of them, or they can't be told. */
export async function locateUnsound(
  engine: Engine,
  input: Input,
  scan: Scan,
  { layout, file, select, rows }: { layout: Layout; file: string; select: string; rows: number },
): Promise<Located[] | null> {
  const others = scan.lines - rows
  if (others === 0) return []
  if (others < 0 || others > scan.lines * MOST_OTHERS + 10) return null
  const find = (unsound: string) =>
    engine.all<{ n: number }>(`SELECT n FROM ${unsound} ORDER BY n LIMIT ${others + 1}`)
  await engine.run('SET preserve_insertion_order = true')
  try {
    // Mostly they are torn ones, which are found without a look at what the others hold.
    const torn = await find(`${readJsonLines(layout, file, true)} WHERE json IS NULL`)
    const found =
      torn.length === others
        ? torn
        : await find(`(${select}) WHERE NOT coalesce(sound AND ${isSound(layout)}, false)`)
    if (found.length !== others) return null
    return await readNumbered(
      input,
      scan,
      found.map(({ n }) => n),
    )
  } finally {
    await engine.run('SET preserve_insertion_order = false')
  }
}

/** Lines by their ascending numbers; null when there are blank ones, which the engine doesn't count, or pieces of lines. */
async function readNumbered(input: Input, scan: Scan, numbers: number[]): Promise<Located[] | null> {
  const handle = await open(input.file, 'r')
  try {
    const cursor = new LineCursor(handle, input.size)
    const last = scan.marks.at(-1)
    cursor.seek(last ?? START)
    if ((await cursor.countToEnd()) !== scan.lines) return null
    cursor.seek(START)
    const located: Located[] = []
    let mark = 0
    for (const number of numbers) {
      while ((scan.marks[mark + 1]?.newlines ?? number) < number - 1) mark += 1
      if ((scan.marks[mark]?.newlines ?? 0) + 1 > cursor.line) cursor.seek(scan.marks[mark]!)
      while (cursor.line < number) await cursor.next()
      const bytes = await cursor.next()
      if (bytes.length > LONGEST_LINE) located.push(tooLong(number, bytes.toString('utf8', 0, 500)))
      else {
        const text = decodeLine(bytes, number === 1)
        if (readContainerLine(text)?.isWhole === false) return null
        located.push({ line: number, text, entry: text })
      }
    }
    return located
  } finally {
    await handle.close()
  }
}

const START = { offset: 0, newlines: 0 }
const BLOCK_BYTES = 1 << 20

/** Reads a file's lines from any of the places that its scan marked. */
class LineCursor {
  /** The number of the line that `next` gives. Behind a mark, the first one lacks its beginning. */
  line = 1
  private bytes: Buffer = Buffer.alloc(0)
  private at = 0
  /** Where in the file `bytes` end. */
  private end = 0

  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {}

  seek({ offset, newlines }: { offset: number; newlines: number }): void {
    this.line = newlines + 1
    this.bytes = Buffer.alloc(0)
    this.at = 0
    this.end = offset
  }

  async next(): Promise<Buffer> {
    let end = this.bytes.indexOf(10, this.at)
    while (end === -1 && this.end < this.size) {
      const searched = this.bytes.length - this.at
      const block = Buffer.alloc(Math.min(BLOCK_BYTES, this.size - this.end))
      const { bytesRead } = await this.handle.read(block, 0, block.length, this.end)
      if (bytesRead === 0) break
      this.bytes = Buffer.concat([this.bytes.subarray(this.at), block.subarray(0, bytesRead)])
      this.at = 0
      this.end += bytesRead
      end = this.bytes.indexOf(10, searched)
    }
    const line = this.bytes.subarray(this.at, end === -1 ? this.bytes.length : end)
    this.at = end === -1 ? this.bytes.length : end + 1
    this.line += 1
    return line
  }

  /** The number of the last line, when all lines end where they should. */
  async countToEnd(): Promise<number> {
    while (this.end < this.size || this.at < this.bytes.length) await this.next()
    return this.line - 1
  }
}
