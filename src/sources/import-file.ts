/** One input becomes one source: told, read, checked line by line, written, and handed back ready to be committed. */
import { createWriteStream } from 'node:fs'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import { listSources, type Source, writeSourceFile } from '../store/catalog.js'
import { type Engine, sqlText } from '../store/engine.js'
import { readTimeRange } from '../store/open-store.js'
import type { IdentifyRule } from '../workbook/config.js'
import { type ColumnOptions, readClean, readFast, selectColumns } from './columns-sql.js'
import { detectFormat, takeSample } from './detect-format.js'
import { writeCleanRows } from './exact-way.js'
import { isBalanced, isFast, locateRejects } from './fast-way.js'
import { createMatcher, inferTemplates, normalisePath } from '../store/routes.js'
import type { Layout, LayoutOptions, Sample } from './layout.js'
import type { Input } from './open-input.js'
import { type Located, readEntries } from './read-entries.js'
import { type Scan, scanFile } from './scan-file.js'

export interface ImportOptions extends LayoutOptions {
  as?: string
  identify: IdentifyRule[]
  templates: readonly string[]
  workDir: string
  dataDir: string
  now: Date
  signal?: AbortSignal
  onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  /** 0 to 1. */
  done: number
  bytes: number
  /** Lines so far; absent until it is known how many there are. */
  rows?: number
}

export interface Prepared {
  source: Source
  /** The source's own file in the work folder. */
  sourceFile: string
  /** Data files in the work folder and where they belong. */
  moves: { from: string; to: string }[]
  /** All path templates, with those that this file showed. */
  templates: string[]
  skippedByKind: Record<string, number>
}

/** Reads an input. Returns the source that holds the same content already, or a new one that is not committed yet. */
export async function importFile(
  engine: Engine,
  input: Input,
  options: ImportOptions,
): Promise<{ known: Source } | { prepared: Prepared }> {
  const sample = await takeSample(input)
  const layout = detectFormat(sample, options)
  const job = new ImportJob(engine, input, sample, layout, options)
  return job.run()
}

interface Counts {
  rows: number
  rejected: number
  skipped: Record<string, number>
}

class ImportJob {
  private readonly rowFiles: string[] = []
  private templates: string[]

  constructor(
    private readonly engine: Engine,
    private readonly input: Input,
    sample: Sample,
    private readonly layout: Layout,
    private readonly options: ImportOptions,
  ) {
    this.head = sample.head
    this.templates = layout.kind === 'requests' ? inferTemplates(samplePaths(layout, sample), options.templates) : []
  }
  private readonly head: string

  async run(): Promise<{ known: Source } | { prepared: Prepared }> {
    const scanning = this.input.scan
      ? Promise.resolve(this.input.scan)
      : scanFile(this.input.file, this.input.size, undefined, this.options.signal)
    // Whoever needs the scan awaits it; until then its failure must not end the process.
    scanning.catch(() => undefined)
    const stopReporting = this.reportProgress(scanning)
    const stopListening = this.interruptOnAbort()
    try {
      const known = this.input.scan ? await this.findKnown(this.input.scan) : null
      if (known) return { known }
      const fast = isFast(this.layout, this.head) ? await this.readFast(scanning) : null
      if (fast && 'known' in fast) return fast
      const scan = await scanning
      const counts = fast?.counts ?? (await this.readExact(scan))
      if (typeof counts === 'object' && 'known' in counts) return counts
      this.options.signal?.throwIfAborted()
      return { prepared: await this.prepare(scan, counts) }
    } finally {
      stopReporting()
      stopListening()
      await scanning.catch(() => undefined)
    }
  }

  private async findKnown(scan: Scan): Promise<Source | null> {
    const sources = await listSources(this.options.dataDir)
    return sources.find(source => source.hash === scan.hash) ?? null
  }

  private interruptOnAbort(): () => void {
    const { signal } = this.options
    const interrupt = () => this.engine.interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    return () => signal?.removeEventListener('abort', interrupt)
  }

  private reportProgress(scanning: Promise<Scan>): () => void {
    const { onProgress } = this.options
    if (!onProgress) return () => undefined
    let lines: number | null = null
    scanning.then(
      scan => (lines = scan.lines),
      () => undefined,
    )
    const timer = setInterval(() => {
      const done = Math.min(Math.max(this.engine.progress(), this.exactShare, 0), 1)
      onProgress({ done, bytes: this.input.size, ...(lines === null ? {} : { rows: Math.round(lines * done) }) })
    }, 100)
    return () => clearInterval(timer)
  }
  private exactShare = 0

  /** Null when the engine's reader can't account for every line. */
  private async readFast(scanning: Promise<Scan>): Promise<{ counts: Counts } | { known: Source } | null> {
    const target = this.dataFile('rows')
    let known: Source | null = null
    const watching = scanning.then(async scan => {
      known = await this.findKnown(scan)
      if (known) this.engine.interrupt()
    })
    watching.catch(() => undefined)
    let rows: number
    try {
      rows = await this.write(readFast(this.layout, this.input.file), target)
    } catch (error) {
      await watching
      if (known) return { known }
      if (isFull(error)) throw error
      return null
    }
    await watching
    if (known) return { known }
    const scan = await scanning
    const rejects = await locateRejects(this.engine, this.input, scan)
    if (rejects === null || !isBalanced(scan, rows, rejects) || (await this.lacksTime(target))) return null
    this.rowFiles.push(target)
    const mended = await this.readBatches(toBatches(rejects), 'mended')
    return { counts: { rows: rows + mended.rows, rejected: mended.rejected, skipped: mended.skipped } }
  }

  private async lacksTime(file: string): Promise<boolean> {
    if (this.layout.kind !== 'requests') return false
    const [row] = await this.engine.all<{ missing: number }>(
      `SELECT count(*) - count("time") AS missing FROM read_parquet(${sqlText(file)})`,
    )
    return row!.missing > 0
  }

  private async readExact(scan: Scan): Promise<Counts | { known: Source }> {
    const known = await this.findKnown(scan)
    if (known) return { known }
    let entries = 0
    const batches = readEntries(this.input.file, this.input.size, this.layout.entries)
    return this.readBatches(batches, 'exact', count => {
      entries += count
      this.exactShare = Math.min(0.9, (entries / Math.max(scan.lines, 1)) * 0.9)
      this.options.signal?.throwIfAborted()
    })
  }

  private async readBatches(
    batches: AsyncIterable<Located[]>,
    name: string,
    onEntries?: (count: number) => void,
  ): Promise<Counts> {
    const clean = this.workFile(`${name}.csv`)
    const result = await writeCleanRows(batches, this.layout, { rows: clean, rejects: this.rejectsFile }, onEntries)
    if (result.rows === 0) return result
    const target = this.dataFile(name)
    const written = await this.write(readClean(this.layout, clean), target)
    if (written !== result.rows) {
      throw new Error(`${result.rows} rows were read of ${this.input.name}, but ${written} written; this is a bug`)
    }
    this.rowFiles.push(target)
    return result
  }

  private async write(from: string, target: string): Promise<number> {
    const select = selectColumns(this.layout, from, this.columnOptions)
    return this.engine.copy(`COPY (${select}) TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`)
  }

  private get columnOptions(): ColumnOptions {
    return { identify: this.options.identify, templates: this.templates }
  }

  /** Templates that only the whole file shows; its routes are rewritten when there are any. */
  private async settleRoutes(): Promise<void> {
    if (this.layout.kind !== 'requests' || this.rowFiles.length === 0) return
    const list = this.rowFiles.map(sqlText).join(', ')
    const routes = await this.engine.all<{ route: string; method: string; count: number; learn: number }>(
      `SELECT route, any_value(method) AS method, count(*) AS count, count(*) FILTER (outcome <> 'client_error') AS learn
       FROM read_parquet([${list}], union_by_name = true) WHERE route IS NOT NULL GROUP BY route`,
    )
    const pathOf = (row: { route: string; method: string }) => row.route.slice((row.method ?? '').length + 1)
    const learned = routes.filter(row => row.learn > 0).map(row => [pathOf(row), row.learn] as const)
    this.templates = inferTemplates(learned, this.templates)
    const match = createMatcher(this.templates)
    const changes = routes
      .map(row => ({ route: row.route, template: match(normalisePath(pathOf(row))), method: row.method }))
      .filter(({ route, template, method }) => template !== null && route !== `${method} ${template}`)
    if (changes.length === 0) return
    const mapFile = this.workFile('routes.json')
    await writeLines(
      mapFile,
      changes.map(change => JSON.stringify({ from: change.route, to: `${change.method} ${change.template}` })),
    )
    for (const [i, file] of this.rowFiles.entries()) {
      const target = this.dataFile(`routed-${i}`)
      await this.engine.copy(
        `COPY (SELECT r.* REPLACE (coalesce(m."to", r.route) AS route) FROM read_parquet(${sqlText(file)}) r
           LEFT JOIN read_json(${sqlText(mapFile)}, format = 'newline_delimited', columns = {"from": 'VARCHAR', "to": 'VARCHAR'}) m
           ON r.route = m."from") TO ${sqlText(target)} (FORMAT parquet, COMPRESSION zstd)`,
      )
      this.rowFiles[i] = target
    }
  }

  private async prepare(scan: Scan, counts: Counts): Promise<Prepared> {
    const skipped = Object.values(counts.skipped).reduce((sum, count) => sum + count, 0)
    if (counts.rows === 0) throw this.nothingReadable(scan)
    await this.settleRoutes()
    const { kind, format } = this.layout
    const id = scan.hash.slice(0, 12)
    const moves = this.rowFiles.map((from, i) => ({
      from,
      to: path.join(this.options.dataDir, kind, i === 0 ? `${id}.parquet` : `${id}-${i}.parquet`),
    }))
    const source: Source = {
      id,
      file: this.input.name,
      kind,
      format,
      rows: counts.rows,
      rejected: counts.rejected,
      skipped,
      ...(await readTimeRange(this.engine, kind, this.rowFiles)),
      hash: scan.hash,
      bytes: this.input.size,
      importedAt: this.options.now.toISOString(),
      weighted: await this.isWeighted(),
      files: moves.map(move => path.relative(this.options.dataDir, move.to)),
    }
    const sourceFile = this.workFile('source.parquet')
    await writeSourceFile(this.engine, source, counts.rejected > 0 ? this.rejectsFile : null, sourceFile)
    return { source, sourceFile, moves, templates: this.templates, skippedByKind: counts.skipped }
  }

  private async isWeighted(): Promise<boolean> {
    if (this.layout.kind !== 'requests') return false
    const list = this.rowFiles.map(sqlText).join(', ')
    const [row] = await this.engine.all<{ weighted: boolean }>(
      `SELECT coalesce(bool_or(weight <> 1), false) AS weighted FROM read_parquet([${list}], union_by_name = true)`,
    )
    return row!.weighted
  }

  private nothingReadable(scan: Scan): WhyslowError {
    return new WhyslowError(`None of the ${scan.lines} lines could be read as ${this.layout.format}.`, {
      place: { file: this.input.name, line: 1 },
      next: [`The file begins: ${JSON.stringify(this.head.slice(0, 80))}`, 'Say which format it is: --as FORMAT'],
    })
  }

  private get rejectsFile(): string {
    return this.workFile('rejects.ndjson')
  }

  private workFile(name: string): string {
    return path.join(this.options.workDir, name)
  }

  private dataFile(name: string): string {
    return this.workFile(`${name}.parquet`)
  }
}

function samplePaths(layout: Layout, sample: Sample): [string, number][] {
  if (layout.entries !== 'lines') return []
  const paths = new Map<string, number>()
  for (const line of sample.lines) {
    const target = / (?:[a-z]+:\/\/[^/\s]*)?(\/[^\s?"]*)(?:\?\S*)? HTTP\/[\d.]+" ?(\d*)/.exec(line)
    const path = target?.[1]
    if (path && !target[2]?.startsWith('4')) paths.set(path, (paths.get(path) ?? 0) + 1)
  }
  return [...paths]
}

async function* toBatches(located: Located[]): AsyncGenerator<Located[]> {
  for (let i = 0; i < located.length; i += 5000) yield located.slice(i, i + 5000)
}

function isFull(error: unknown): boolean {
  return /No space left on device/i.test(String((error as Error).message))
}

async function writeLines(file: string, lines: string[]): Promise<void> {
  const stream = createWriteStream(file)
  const done = new Promise<void>((resolve, reject) => stream.on('finish', resolve).on('error', reject))
  for (const line of lines) stream.write(`${line}\n`)
  stream.end()
  await done
}
