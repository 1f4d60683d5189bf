// src/stats against figures made with scipy (stats.json), for what there is so far.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  distributionFromPairs,
  distributionFromValues,
  quantile,
  quantileInterval,
  shareUnder,
} from '../../dist/stats/distribution.js'
import { hodgesLehmann } from '../../dist/stats/hodges-lehmann.js'
import { wilsonInterval } from '../../dist/stats/intervals.js'
import { estimateSurvival } from '../../dist/stats/kaplan-meier.js'
import { kolmogorovSmirnov } from '../../dist/stats/kolmogorov-smirnov.js'
import { adjustForMany } from '../../dist/stats/many.js'
import { cliffsDelta, mannWhitney } from '../../dist/stats/rank-tests.js'

const TOLERANCE = 1e-9
/** Relative where p is small; elsewhere absolute, since scipy takes an approximation there that is 9e-7 off. */
const P_TOLERANCE = 1e-6

export async function checkStats(folder) {
  const { cases, benjaminiHochberg, kaplanMeier } = JSON.parse(
    readFileSync(path.join(folder, 'stats.json'), 'utf8'),
  )
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
    ...cases.flatMap(compareArms),
    row('Benjamini–Hochberg', benjaminiHochberg.adjusted, adjustForMany(benjaminiHochberg.p).adjusted),
    ...checkSurvival(kaplanMeier),
  ]
}

function compareArms(example) {
  const [before, after] = ['a', 'b'].map(arm =>
    distributionFromPairs(example[arm].values.map((value, i) => [value, example[arm].counts[i]])),
  )
  const ranks = mannWhitney(before, after)
  const distance = kolmogorovSmirnov(before, after)
  const few = Math.min(before.total, after.total) <= 8
  const expected = (few && example.mannWhitneyExact) || example.mannWhitney
  return [
    row(`${example.name}: Mann–Whitney U`, [expected.u], [ranks.u]),
    row(`${example.name}: Mann–Whitney p`, [expected.p], [ranks.p], P_TOLERANCE),
    row(`${example.name}: Kolmogorov–Smirnov D`, [example.kolmogorovSmirnov.d], [distance.d]),
    row(`${example.name}: Kolmogorov–Smirnov p`, [example.kolmogorovSmirnov.p], [distance.p], P_TOLERANCE),
    row(`${example.name}: Cliff's delta`, [example.cliffsDelta], [cliffsDelta(before, after)]),
    row(`${example.name}: Hodges–Lehmann`, [example.hodgesLehmannShift], [hodgesLehmann(before, after)]),
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

function checkSurvival({ time, finished, at, survival }) {
  const those = wanted => distributionFromValues(time.filter((_, i) => Boolean(finished[i]) === wanted))
  const found = estimateSurvival({ finished: those(true), censored: those(false) })
  return [
    row('Kaplan–Meier: times', at, [...found.at]),
    row('Kaplan–Meier: survival', survival, [...found.survival]),
  ]
}

function row(what, expected, found, tolerance = TOLERANCE) {
  const near = (value, i) =>
    Math.abs(value - found[i]) <=
    tolerance *
      (Math.abs(value) < 0.01 && tolerance === P_TOLERANCE ? Math.abs(value) : Math.max(1, Math.abs(value)))
  const ok = expected.length > 0 && expected.length === found.length && expected.every(near)
  return {
    what: `stats: ${what}`,
    expected: expected.join(' '),
    found: ok ? `${expected.length} within ${tolerance}` : found.join(' '),
    ok,
  }
}
