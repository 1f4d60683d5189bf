// Imports of published logs and exports, through the program as it was built.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** Lines that no careful reader accepts: one is torn in its user agent. */
const TORN = { 'apache-combined-elastic-examples.log': 1 }

export function checkLogs(folder) {
  const logs = path.join(folder, 'logs')
  const names = readdirSync(logs).filter(name => name.endsWith('.log'))
  const rows = names.flatMap(name => checkBalance(path.join(logs, name), TORN[name] ?? 0))
  return [
    ...rows,
    checkSameRequests(path.join(logs, 'alp-json_access.log'), path.join(logs, 'alp-combined_access.log')),
  ]
}

export function checkExports(folder) {
  const exports = path.join(folder, 'exports')
  return [
    ...checkRows(path.join(exports, 'ga4-events.csv'), { kind: 'pageviews', format: 'ga4', rows: 6 }),
    ...checkRows(path.join(exports, 'zendesk-ticket_data.csv'), {
      kind: 'tickets',
      format: 'zendesk',
      rows: 10,
    }),
    ...['zendesk-organization_data.csv', 'zendesk-ticket_comment_data.csv', 'zendesk-user_data.csv'].flatMap(
      name => checkRefused(path.join(exports, name)),
    ),
  ]
}

/** Every line that isn't empty is a row, rejected or skipped; a second import adds nothing. */
function checkBalance(file, torn) {
  const name = path.basename(file)
  const lines = readFileSync(file, 'latin1')
    .split('\n')
    .filter(line => line.trim() !== '').length
  return inWorkbook(whyslow => {
    const first = whyslow('import', file)
    const [source] = first.result?.sources ?? []
    const { rows, rejected, skipped } = source ?? {}
    const routes = whyslow('overview', '--limit', '100000').result?.routes ?? []
    const requests = routes.reduce((sum, route) => sum + route.requests, 0)
    const again = whyslow('import', file)
    return [
      row(`${name}: rows + rejected + skipped`, lines, rows + rejected + skipped),
      row(`${name}: rejected`, torn, rejected),
      row(`${name}: requests in the overview`, rows, requests),
      row(`${name}: a second import`, 'alreadyImported, exit 0', describeAgain(again)),
      row(`${name}: sources after it`, 1, whyslow('sources').result.sources.length),
    ]
  })
}

function checkRows(file, expected) {
  return inWorkbook(whyslow => {
    const [source] = whyslow('import', file).result?.sources ?? []
    const { kind, format, rows, rejected } = source ?? {}
    const name = path.basename(file)
    return [
      row(
        `${name}: ${expected.kind}`,
        JSON.stringify({ ...expected, rejected: 0 }),
        JSON.stringify({ kind, format, rows, rejected }),
      ),
      row(`${name}: a second import`, 'alreadyImported, exit 0', describeAgain(whyslow('import', file))),
    ]
  })
}

function checkRefused(file) {
  return inWorkbook(whyslow => {
    const { status } = whyslow('import', file)
    const sources = whyslow('sources').result.sources.length
    return [row(`${path.basename(file)}: refused`, 'exit 2, 0 sources', `exit ${status}, ${sources} sources`)]
  })
}

/**
 * The same requests in two formats have the same times, methods, paths, statuses and durations. All but one: as a combined
 * line, `/req` has a number more behind it than all others, and nothing says that it is the duration.
 */
function checkSameRequests(one, other) {
  const read = file =>
    inWorkbook(whyslow => {
      whyslow('import', file)
      const { requests = [] } = whyslow('requests', '--limit', '1000').result
      const shown = requests
        .filter(request => request.path !== '/req')
        .map(({ time, method, path: at, query, status, duration_ms }) =>
          JSON.stringify([time, method, at, query, status, duration_ms]),
        )
      return shown.sort().join('\n')
    })
  const [first, second] = [read(one), read(other)]
  const same = first !== '' && first === second
  return row(
    `${path.basename(one)} and ${path.basename(other)}`,
    'the same requests',
    same ? 'the same requests' : `${first}\nand\n${second}`,
  )
}

const describeAgain = ({ status, result }) =>
  `${result?.sources?.[0]?.alreadyImported ? 'alreadyImported' : 'imported'}, exit ${status}`

function row(what, expected, found) {
  return { what, expected, found, ok: expected === found }
}

function inWorkbook(check) {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'whyslow-reference-'))
  const whyslow = (...args) => {
    const { status, stdout } = spawnSync(process.execPath, [bin, ...args, '--json'], {
      cwd: dir,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    return { status, result: stdout === '' ? null : JSON.parse(stdout) }
  }
  try {
    whyslow('init')
    return check(whyslow)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
