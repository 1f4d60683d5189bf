/** What two arms are compared by. */
import { WhyslowError } from '../errors.js'

/** `under`: the share of good requests. Else a quantile of answer times: `median`, `p95`, `p99.9`. */
export type Metric = 'under' | 'median' | `p${number}`

/** The quantile, 0 to 1; null for `under`. */
export function quantileOf(metric: Metric): number | null {
  if (metric === 'under') return null
  return metric === 'median' ? 0.5 : Number(metric.slice(1)) / 100
}

export function parseMetric(text: string): Metric {
  if (text === 'under' || text === 'median') return text
  const percent = /^p(\d{1,2}(?:\.\d+)?)$/.exec(text)?.[1]
  if (percent !== undefined && Number(percent) > 0) return `p${Number(percent)}`
  throw new WhyslowError(`Expected a metric such as under, median or p95, found “${text}”.`)
}
