/** Metrics over the repetitions of a side. Pure. */
import type { MeasuredMetric } from './comparison.js'
import { type BenchMetric, kindOf } from './metrics.js'
import type { Repetition } from './repetition.js'

export function measureMetric(metric: BenchMetric, repetitions: readonly Repetition[]): MeasuredMetric {
  const kind = kindOf(metric)
  const values = repetitions.map(kind.valueOf).filter(value => value !== null)
  const mean = values.length === 0 ? null : sum(values) / values.length
  const sd =
    mean === null || values.length < 2
      ? null
      : Math.sqrt(sum(values.map(value => (value - mean) ** 2)) / (values.length - 1))
  return { metric, title: kind.title, unit: kind.unit, mean, sd, repetitions: values.length }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
