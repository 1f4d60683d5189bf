/** How clearly requests are slower inside a group than outside: for ranking thousands of groups, not for judging one. */

/** Requests and slow ones of each cluster, by its number. */
export interface ClusterTally {
  requests: Float64Array
  slow: Float64Array
}

export interface Excess {
  /** Standard errors by which slow requests are more common inside; 0 where it can't be told. */
  z: number
  /**
   * The same as if requests were independent: no measure of how sure it is, but steadier than z where the edge of a bar is moved to and fro.
   */
  contrast: number
  requests: number
  slow: number
  /** Clusters inside that count as many: 1/Σw². */
  clusters: number
}

/** Under this many clusters on a side one of them could be the reason. */
const FEWEST_CUSTOMERS = 5

export function newTally(clusters: number): ClusterTally {
  return { requests: new Float64Array(clusters), slow: new Float64Array(clusters) }
}

/**
 * The difference of the shares over the root of its cluster variance, which is no less than what independent requests would have: a rare
 * value whose few slow requests fell into one cluster each has a variance of nearly 0. Source: the variance is that of `varyByClusters`.
 */
export function screenExcess(inside: ClusterTally, all: ClusterTally): Excess {
  const own = sums(inside)
  const whole = sums(all)
  const other = {
    requests: whole.requests - own.requests,
    slow: whole.slow - own.slow,
    squares: 0,
  }
  for (let i = 0; i < all.requests.length; i += 1) {
    other.squares += (all.requests[i]! - inside.requests[i]!) ** 2
  }
  const clusters = own.squares === 0 ? 0 : own.requests ** 2 / own.squares
  const excess = { z: 0, contrast: 0, requests: own.requests, slow: own.slow, clusters }
  const outside = other.squares === 0 ? 0 : other.requests ** 2 / other.squares
  if (clusters < FEWEST_CUSTOMERS || outside < FEWEST_CUSTOMERS) return excess
  const share = own.slow / own.requests
  const otherShare = other.slow / other.requests
  let variance = 0
  for (let i = 0; i < all.requests.length; i += 1) {
    const n = inside.requests[i]!
    const rest = all.requests[i]! - n
    const here = residual(n, inside.slow[i]!, share, own.requests)
    const there = residual(rest, all.slow[i]! - inside.slow[i]!, otherShare, other.requests)
    variance += (here - there) ** 2
  }
  const pooled = whole.slow / whole.requests
  const independent = pooled * (1 - pooled) * (1 / own.requests + 1 / other.requests)
  if (independent === 0) return excess
  const difference = share - otherShare
  return {
    ...excess,
    z: difference / Math.sqrt(Math.max(variance, independent)),
    contrast: difference / Math.sqrt(independent),
  }
}

function residual(requests: number, slow: number, share: number, total: number): number {
  if (requests === 0 || requests >= total) return 0
  return (slow - share * requests) / (total * Math.sqrt(1 - requests / total))
}

function sums({ requests, slow }: ClusterTally): { requests: number; slow: number; squares: number } {
  const total = { requests: 0, slow: 0, squares: 0 }
  for (let i = 0; i < requests.length; i += 1) {
    total.requests += requests[i]!
    total.slow += slow[i]!
    total.squares += requests[i]! ** 2
  }
  return total
}
