// src/stats against figures made with scipy (stats.json), for what there is so far.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  distributionFromPairs,
  quantile,
  quantileInterval,
  shareUnder,
} from '../../dist/stats/distribution.js'
import { wilsonInterval } from '../../dist/stats/intervals.js'
import { adjustForMany } from '../../dist/stats/many.js'

const TOLERANCE = 1e-9

export async function checkStats(folder) {
  const { cases, benjaminiHochberg } = JSON.parse(readFileSync(path.join(folder, 'stats.json'), 'utf8'))
  const rows = cases.flatMap(example =>
    ['a', 'b'].flatMap(arm => {
      const { values, counts } = example[arm]
      const d = distributionFromPairs(values.map((value, i) => [value, counts[i]]))
      const name = `${example.name}, ${arm}`
      const { threshold, strictlyUnder, of, wilson95 } = example[`under_${arm}`]
      const quantiles = Object.entries(example[`quantiles7_${arm}`])
      const intervals = Object.entries(example[`quantileInterval_${arm}`])
      return [
        row(
          `${name}: quantiles`,
          quantiles.map(([, value]) => value),
          quantiles.map(([q]) => quantile(d, Number(q))),
        ),
        row(`${name}: share under`, [strictlyUnder / of], [shareUnder(d, threshold)]),
        row(`${name}: Wilson`, wilson95, wilsonInterval(strictlyUnder, of)),
        ...intervals.map(([q, { values: ends }]) =>
          checkInterval(`${name}: interval of ${q}`, d, Number(q), ends),
        ),
      ]
    }),
  )
  return [
    ...rows,
    row('Benjamini–Hochberg', benjaminiHochberg.adjusted, adjustForMany(benjaminiHochberg.p).adjusted),
  ]
}

/** Where a sample is too small to bound the quantile on both sides, scipy's ends are its extremes; here there is none. */
function checkInterval(what, d, q, ends) {
  const found = quantileInterval(d, q)
  if (1 - Math.max(q, 1 - q) ** d.total >= 0.975) return row(what, ends, found ?? [])
  return {
    what: `stats: ${what}`,
    expected: 'none',
    found: found === null ? 'none: too few numbers' : found.join(' '),
    ok: found === null,
  }
}

function row(what, expected, found) {
  const near = (value, i) => Math.abs(value - found[i]) <= TOLERANCE * Math.max(1, Math.abs(value))
  const ok = expected.length > 0 && expected.length === found.length && expected.every(near)
  return {
    what: `stats: ${what}`,
    expected: expected.join(' '),
    found: ok ? `${expected.length} within 1e-9` : found.join(' '),
    ok,
  }
}
