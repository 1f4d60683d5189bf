/** Real workbooks in temporary folders, and imports into them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { type ImportRequest, type ImportResult, importFiles } from '../../src/steps/import-files.js'
import { readRejects } from '../../src/store/catalog.js'
import { openStore } from '../../src/store/open-store.js'
import { openWorkbook, type Workbook } from '../../src/workbook/workbook.js'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** An empty workbook, gone when the test is over. */
export async function makeWorkbook(config = ''): Promise<Workbook> {
  const dir = await mkdtemp(path.join(tmpdir(), 'whyslow-sources-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  await writeFile(path.join(dir, 'whyslow.yaml'), config)
  return openWorkbook({ cwd: dir })
}

export async function writeInto(
  workbook: Workbook,
  name: string,
  content: string | Uint8Array,
): Promise<string> {
  const file = path.join(workbook.dir, name)
  await writeFile(file, content)
  return file
}

export function importInto(
  workbook: Workbook,
  files: string | string[],
  request: Partial<ImportRequest> = {},
): Promise<ImportResult> {
  return importFiles(workbook, {
    files: [files].flat(),
    stdin: Readable.from([]),
    now: new Date(),
    isAlive: pid => pid === process.pid,
    pid: process.pid,
    ...request,
  })
}

/** Writes the content to a file of that name, and imports it; throws what kept it out. */
export async function importText(
  workbook: Workbook,
  name: string,
  content: string | Uint8Array,
  request: Partial<ImportRequest> = {},
): Promise<ImportResult['sources'][number]> {
  const { sources, failures } = await importInto(workbook, await writeInto(workbook, name, content), request)
  if (failures[0]) throw failures[0].error
  return sources[0]!
}

export async function query<T = Record<string, unknown>>(workbook: Workbook, sql: string): Promise<T[]> {
  const store = await openStore(workbook.paths.data)
  try {
    return await store.all<T>(sql)
  } finally {
    store.close()
  }
}

/** A request with what stands beside its columns; `time` in microseconds. */
export type Found = Record<string, string | number | null> & { attrs: Record<string, string> }

export async function requestsOf(workbook: Workbook): Promise<Found[]> {
  const time = `strftime("time", '%Y-%m-%dT%H:%M:%S.%fZ') AS "time"`
  const rows = await query<Record<string, string | number | null>>(
    workbook,
    `SELECT * EXCLUDE ("time", attrs), ${time}, to_json(attrs)::VARCHAR AS attrs FROM requests ORDER BY ALL`,
  )
  return rows.map(({ attrs, ...row }) => {
    const all = Object.entries(JSON.parse(attrs === null ? '{}' : String(attrs)) ?? {})
    return { ...row, attrs: Object.fromEntries(all.filter(([, value]) => value !== null)) } as Found
  })
}

export function rejectsOf(workbook: Workbook, source: { id: string }) {
  return readRejects(workbook.paths.data, source.id)
}

/** Lines with anything in them, as a person would count. */
export function countLines(content: string | Uint8Array): number {
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('latin1')
  const lines = text.replace(/^(?:\ufeff|\xef\xbb\xbf)/, '').split('\n')
  return lines.filter(line => line !== '' && line !== '\r').length
}

/** One request a line, as nginx writes it with `$request_time`. */
export function nginxLine(i: number, target = `/orders/${i}`, status = 200): string {
  const second = String(i % 60).padStart(2, '0')
  return `10.0.0.${i % 250} - - [20/Nov/2026:16:59:${second} +0100] "GET ${target} HTTP/1.1" ${status} 16 "-" "curl/8" 0.${100 + (i % 800)}\n`
}

export function nginxLog(lines: number): string {
  return Array.from({ length: lines }, (_, i) => nginxLine(i)).join('')
}
