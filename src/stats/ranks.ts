/** The rank of each value, from 0; equal values share the middle of theirs. */
export function rankValues(values: readonly number[]): number[] {
  const order = values.map((value, i) => ({ value, i })).sort((one, other) => one.value - other.value)
  const ranks = new Array<number>(values.length)
  for (let first = 0; first < order.length; ) {
    let end = first + 1
    while (end < order.length && order[end]!.value === order[first]!.value) end += 1
    for (const { i } of order.slice(first, end)) ranks[i] = (first + end - 1) / 2
    first = end
  }
  return ranks
}
