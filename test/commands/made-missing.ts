/** Made-up days of a shop, as files: a log, beacons and traces, of which a known part never finished or never came. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createRandom } from '../../src/stats/random.js'

export interface MissingTruth {
  /** By reason; of pages and traces, of what both kinds cover. */
  requests: { of: number; timeout: number; aborted: number; unmeasured: number }
  pages: { of: number; no_answer: number; no_beacon: number; no_end: number }
  traces: { of: number; no_span: number; no_end: number }
  /** Whose pages never report. */
  lossyAccounts: string[]
  /** What each request would have taken, milliseconds. */
  durations: number[]
}

const START = Date.UTC(2026, 9, 5)
const CUSTOMERS = 40
const VIEWS = 60
const HEX = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
const iso = (ms: number) => new Date(ms).toISOString()

/**
 * 60 views of each of 40 customers, one an hour and more apart. Requests that would take 2 s or more are cut off there; some
 * people leave earlier. Customers with an iPhone lose beacons in one view of four, the others in one of a hundred.
 */
export async function writeMissing(dir: string): Promise<MissingTruth> {
  const random = createRandom(11)
  const truth: MissingTruth = {
    requests: { of: 0, timeout: 0, aborted: 0, unmeasured: 0 },
    pages: { of: 0, no_answer: 0, no_beacon: 0, no_end: 0 },
    traces: { of: 0, no_span: 0, no_end: 0 },
    lossyAccounts: [],
    durations: [],
  }
  const log: object[] = []
  const beacons: object[] = []
  const spans: object[] = []
  for (let customer = 0; customer < CUSTOMERS; customer += 1) {
    const account = `shop-${HEX(customer, 2)}`
    const isPhone = customer % 4 === 0
    if (isPhone) truth.lossyAccounts.push(account)
    const user_agent = isPhone ? 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)' : 'Mozilla/5.0 (Windows NT 10.0)'
    for (let view = 0; view < VIEWS; view += 1) {
      const id = customer * VIEWS + view
      const time = START + view * 3_600_000 + customer * 1000
      const took = 200 * Math.exp(random.nextNormal())
      const patience = random.next() < 0.05 ? 100 + 400 * random.next() : Infinity
      const isUnmeasured = random.next() < 0.005
      const outcome = took > patience ? 'aborted' : took > 2000 ? 'timeout' : 'ok'
      const duration_ms =
        outcome === 'aborted' ? patience : outcome === 'timeout' ? 2000 : isUnmeasured ? null : took
      const trace = HEX(id + 1, 32)
      truth.durations.push(took)
      truth.requests.of += 1
      if (outcome !== 'ok') truth.requests[outcome] += 1
      else if (isUnmeasured) truth.requests.unmeasured += 1
      const status = outcome === 'ok' ? 200 : outcome === 'aborted' ? 499 : 504
      log.push({
        time: iso(time),
        method: 'GET',
        path: `/orders/${id % 7}`,
        status,
        duration_ms,
        account,
        user_agent,
        trace_id: trace,
        upstream: 'a',
      })
      // The last view may not have ended by the end of the data, and the very first came before the first beacon.
      const isCovered = view < VIEWS - 1
      const isSeen = isCovered && id > 0
      if (isSeen) truth.pages.of += 1
      const luck = random.next()
      if (outcome !== 'ok') {
        if (isSeen) truth.pages.no_answer += 1
      } else if (luck < (isPhone ? 0.25 : 0.01)) {
        if (isSeen) truth.pages.no_beacon += 1
      } else {
        const page = { id: `p${id}`, url: `https://shop.example/orders/${id % 7}`, account }
        beacons.push({ ...page, type: 'start', time: iso(time + 300) })
        if (luck > 0.98) {
          if (isSeen) truth.pages.no_end += 1
        } else beacons.push({ ...page, type: 'end', time: iso(time + 3000), load_ms: 2 * took })
      }
      const span = (span_id: number, parentSpanId: string, name: string) => ({
        traceId: trace,
        spanId: HEX(span_id, 16),
        parentSpanId,
        name,
        kind: 1,
        startTimeUnixNano: `${time}000000`,
        endTimeUnixNano: `${time + Math.round(took)}000000`,
      })
      const fate = random.next()
      if (isCovered) truth.traces.of += 1
      if (fate < 0.03) {
        if (isCovered) truth.traces.no_span += 1
      } else {
        // The root is sent when it ends, its children before.
        spans.push(span(2 * id + 2, HEX(2 * id + 1, 16), 'query'))
        if (fate >= 0.05) spans.push(span(2 * id + 1, '', 'GET /orders/:id'))
        else if (isCovered) truth.traces.no_end += 1
      }
    }
  }
  await mkdir(dir, { recursive: true })
  const write = (name: string, rows: object[]) =>
    writeFile(path.join(dir, name), `${rows.map(row => JSON.stringify(row)).join('\n')}\n`)
  await write('access.ndjson', log)
  await write('beacons.ndjson', beacons)
  await write('traces.jsonl', [
    {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          scopeSpans: [{ scope: { name: 'shop' }, spans }],
        },
      ],
    },
  ])
  return truth
}
