/** Visits of a page, counted per client and latency: what the questions of tolerance are answered from. */

/** A step of latency: all visits over the step below, and at most `under_ms`. */
export interface LatencyBin {
  under_ms: number
  /** The geometric mean of its visits. */
  ms: number
}

export interface Visits {
  /** Ascending. */
  bins: readonly LatencyBin[]
  /** Rows of client c are from `starts[c]` to below `starts[c + 1]`; at most one row a bin. */
  starts: Int32Array
  bin: Int32Array
  /** What they stand for: of a sampled log, the sum of the weights. */
  visits: Float64Array
  /** How many were seen. */
  observed: Float64Array
  /** Of `visits`, those that went on afterwards. */
  wentOn: Float64Array
  /** Of each client: the customer that it belongs to, numbered from 0. Clients of one customer are not independent. */
  cluster: Int32Array
  clusters: number
}

export function countClients({ starts }: Visits): number {
  return starts.length - 1
}

/** Visits and those that went on, per bin; with `weights`, each cluster that many times. */
export function totalBins(
  data: Visits,
  weights?: ArrayLike<number>,
): { visits: Float64Array; wentOn: Float64Array } {
  const visits = new Float64Array(data.bins.length)
  const wentOn = new Float64Array(data.bins.length)
  for (let client = 0; client < countClients(data); client += 1) {
    const weight = weights === undefined ? 1 : weights[data.cluster[client]!]!
    if (weight === 0) continue
    for (let row = data.starts[client]!; row < data.starts[client + 1]!; row += 1) {
      visits[data.bin[row]!]! += weight * data.visits[row]!
      wentOn[data.bin[row]!]! += weight * data.wentOn[row]!
    }
  }
  return { visits, wentOn }
}

/**
 * At most `most` bins with about as many visits each, and none of less than half as many as that: neighbours are put together, none is
 * cut. What is counted in a bin is then taken to have its mean latency.
 */
export function mergeBins(data: Visits, most: number): Visits {
  const { visits } = totalBins(data)
  const total = visits.reduce((sum, count) => sum + count, 0)
  const least = total / most / 2
  const place = new Int32Array(data.bins.length)
  const bins: LatencyBin[] = []
  let before = 0
  let [held, logs] = [0, 0]
  for (const [i, { ms, under_ms }] of data.bins.entries()) {
    place[i] = bins.length
    held += visits[i]!
    logs += visits[i]! * Math.log(ms)
    const isLast = i === data.bins.length - 1
    const left = total - before - held
    // As much as is left for each of the bins to come, so that the last one isn't a rest.
    const wanted = (total - before) / Math.max(1, most - bins.length)
    if (held > 0 && (isLast || (held >= least && left >= least && held + visits[i + 1]! / 2 >= wanted))) {
      bins.push({ under_ms, ms: Math.exp(logs / held) })
      before += held
      held = 0
      logs = 0
    }
  }
  return regroup(data, place, bins)
}

function regroup(data: Visits, place: Int32Array, bins: LatencyBin[]): Visits {
  const starts = new Int32Array(data.starts.length)
  const empty = () => new Float64Array(data.bin.length)
  const [bin, visits, observed, wentOn] = [new Int32Array(data.bin.length), empty(), empty(), empty()]
  const rowOf = new Int32Array(bins.length)
  let rows = 0
  for (let client = 0; client < countClients(data); client += 1) {
    starts[client] = rows
    rowOf.fill(-1)
    for (let row = data.starts[client]!; row < data.starts[client + 1]!; row += 1) {
      const to = place[data.bin[row]!]!
      if (rowOf[to] === -1) {
        rowOf[to] = rows
        bin[rows] = to
        rows += 1
      }
      visits[rowOf[to]!]! += data.visits[row]!
      observed[rowOf[to]!]! += data.observed[row]!
      wentOn[rowOf[to]!]! += data.wentOn[row]!
    }
  }
  starts[starts.length - 1] = rows
  return {
    ...data,
    bins,
    starts,
    bin: bin.slice(0, rows),
    visits: visits.slice(0, rows),
    observed: observed.slice(0, rows),
    wentOn: wentOn.slice(0, rows),
  }
}
