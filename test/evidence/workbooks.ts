/** Temporary workbooks with real imports, and the same data read by plain JavaScript to compare with. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll } from 'vitest'
import { importFiles } from '../../src/steps/import-files.js'
import { openStore, type Store } from '../../src/store/open-store.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'
import { copyOf } from '../workbook/made-once.js'

const RECORDING = fileURLToPath(new URL('../../fixtures/recordings/shop/', import.meta.url))

const folders: string[] = []
afterAll(() => Promise.all(folders.map(dir => rm(dir, { recursive: true, force: true }))))

/** Gone after the tests of the file that asked for it. */
export async function makeTemporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-test-'))
  folders.push(dir)
  return dir
}

/** `config` is the whole `whyslow.yaml`; without one, the target is 500 ms and set. */
export async function makeWorkbook(config?: string): Promise<Workbook> {
  return fillWorkbook(await makeTemporaryFolder(), config)
}

async function fillWorkbook(dir: string, config = 'targets: {default: 500ms}\n'): Promise<Workbook> {
  await createWorkbook(dir)
  await writeFile(join(dir, 'whyslow.yaml'), config)
  return openWorkbook({ cwd: dir })
}

/** Throws when a file can't be imported, or a line of it is rejected. */
export async function importInto(workbook: Workbook, files: string[]): Promise<void> {
  const { sources, failures } = await importFiles(workbook, {
    files,
    stdin: Readable.from([]),
    now: new Date('2026-10-20T00:00:00Z'),
    isAlive: () => true,
    pid: process.pid,
  })
  if (failures[0]) throw failures[0].error
  const lossy = sources.find(source => source.rejected > 0)
  if (lossy) throw new Error(`${lossy.file}: ${lossy.rejected} lines were rejected`)
}

export interface MadeRequest {
  time: string
  route?: string
  method?: string
  path?: string
  status?: number
  duration_ms?: number | null
  account?: string
  client?: string
  upstream?: string
  trace_id?: string
  weight?: number
}

/** A store of requests as they are named here; `GET /` is answered with 200 unless said otherwise. */
export async function makeStore(
  rows: MadeRequest[],
  options: { config?: string; workbook?: Workbook } = {},
): Promise<{ workbook: Workbook; store: Store }> {
  const workbook = options.workbook ?? (await makeWorkbook(options.config))
  if (rows.length > 0) {
    const file = join(workbook.dir, `made-${rows.length}-${rows[0]!.time.replaceAll(':', '')}.ndjson`)
    const lines = rows.map(row => JSON.stringify({ method: 'GET', path: '/', status: 200, ...row }))
    await writeFile(file, `${lines.join('\n')}\n`)
    await importInto(workbook, [file])
  }
  return { workbook, store: await openStore(workbook.paths.data) }
}

export interface RawRequest {
  /** Milliseconds since 1970. */
  time: number
  method: string
  path: string
  route: string
  status: number
  ms: number
  account: string | null
  client: string
  upstream: string
}

export interface RawTicket {
  id: string
  text: string
  minutes: number
}

export interface Shop {
  workbook: Workbook
  store: Store
  requests: RawRequest[]
  accounts: { id: string; name: string; revenue: number; churnedAt: string }[]
  tickets: RawTicket[]
}

/** The recorded fortnight, imported into a workbook of its own. */
export async function openShop(options: { config?: string; only?: readonly string[] } = {}): Promise<Shop> {
  const { only = ['access.log.gz', 'accounts.csv', 'tickets.csv', 'tickets.ndjson', 'analytics.csv'] } =
    options
  const dir = await copyOf(`openShop ${options.config} ${only}`, async folder => {
    await importInto(
      await fillWorkbook(folder, options.config),
      only.map(name => join(RECORDING, name)),
    )
  })
  folders.push(dir)
  const workbook = await openWorkbook({ cwd: dir })
  const accounts = await readCsv('accounts.csv')
  return {
    workbook,
    store: await openStore(workbook.paths.data),
    requests: await readLog(),
    accounts: accounts.map(row => ({
      id: row.id!,
      name: row.name!,
      revenue: Number(row.monthly_revenue),
      churnedAt: row.churned_at!,
    })),
    tickets: await readRawTickets(),
  }
}

export async function readTruth(): Promise<{ problems: { route: string }[]; healthy: string[] }> {
  return JSON.parse(await readFile(join(RECORDING, 'truth.json'), 'utf8'))
}

/** Lines of the log with a request in them, by a pattern of this test's own. */
async function readLog(): Promise<RawRequest[]> {
  const text = gunzipSync(await readFile(join(RECORDING, 'access.log.gz'))).toString('latin1')
  const pattern =
    /^(\S+) - (\S+) \[(\d+)\/Oct\/2026:([\d:]+) \+0000\] "([A-Z]+) (\S+) HTTP\/1\.[01]" (\d+) \d+ "[^"]*" "[^"]*" ([\d.]+) (\S+)$/
  return text.split('\n').flatMap(line => {
    const match = pattern.exec(line)
    if (!match) return []
    const [, client, user, day, clock, method, target, status, seconds, upstream] =
      match as unknown as string[]
    const path = target!.replace(/\?.*/, '')
    return [
      {
        time: Date.parse(`2026-10-${day}T${clock}Z`),
        method: method!,
        path,
        route: `${method} ${path.replace(/\/\d+(?=\/|$)/g, '/:id')}`,
        status: Number(status),
        ms: Math.round(Number(seconds) * 1000),
        account: user === '-' ? null : user!,
        client: client!,
        upstream: upstream!,
      },
    ]
  })
}

/** Of the recording: no field of it holds a line end. */
async function readCsv(name: string): Promise<Record<string, string>[]> {
  const [header = '', ...lines] = (await readFile(join(RECORDING, name), 'utf8')).trim().split(/\r?\n/)
  const columns = header.split(',')
  return lines.map(line => {
    const fields = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)]
    if (fields.length !== columns.length) throw new Error(`${name}: not ${columns.length} fields: ${line}`)
    return Object.fromEntries(
      fields.map(([, quoted, plain], i) => [columns[i], quoted?.replaceAll('""', '"') ?? plain ?? '']),
    )
  })
}

async function readRawTickets(): Promise<RawTicket[]> {
  const csv = await readCsv('tickets.csv')
  const json = (await readFile(join(RECORDING, 'tickets.ndjson'), 'utf8')).trim().split('\n')
  return [
    ...csv.map(row => ({
      id: row.id!,
      text: `${row.subject} ${row.description}`,
      minutes: Number(row.total_time_spent_sec) / 60,
    })),
    ...json.map(line => {
      const ticket = JSON.parse(line)
      const comments = ticket.comments.map((comment: { body: string }) => comment.body).join(' ')
      return { id: String(ticket.id), text: `${ticket.subject} ${comments}`, minutes: 0 }
    }),
  ]
}

/** The design's rules by hand: true, false, or null for a request that is outside of the share. */
export function isGood({ status, ms }: Pick<RawRequest, 'status' | 'ms'>, under: number): boolean | null {
  if (status === 499 || status === 460) return ms >= under ? false : null
  if (status >= 500) return false
  return status >= 400 ? null : ms < under
}

export function shareOf(requests: RawRequest[], under: number): number | null {
  const told = requests.map(request => isGood(request, under)).filter(good => good !== null)
  return told.length === 0 ? null : told.filter(Boolean).length / told.length
}

/** Between the two values around it, as a spreadsheet's PERCENTILE does it. */
export function quantileOf(values: number[], q: number): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)]!
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at))
}

export function distinct(values: unknown[]): number {
  return new Set(values.filter(value => value !== null)).size
}

/** `count` in 0 … 1, the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
