// `npm run bench [-- NAME…]`: budgets as ratios that were measured in one run, never as absolute times.
// Each pair runs A B A B …, and the median of the ratios is what counts: the machine may be noisy.
// `npm run bench -- aa`: real comparisons of a version with itself, for as many as `--minutes N` (10) allow.
// `--rounds N` (5), `--lines N` (2,000,000), `--workbook DIR` (of board: one that is there). Exits with 1 when a budget is exceeded.
import { parseArgs } from 'node:util'
import { benchAa } from './aa.js'
import { benchBoard } from './board.js'
import { benchCompare } from './compare.js'
import { benchImport } from './import.js'
import { benchLargeProfile } from './large-profile.js'
import { benchProfile } from './profile.js'

const BENCHES = {
  import: benchImport,
  compare: benchCompare,
  profile: benchProfile,
  'large-profile': benchLargeProfile,
  board: benchBoard,
}

/** Only by name. */
const ON_REQUEST = { aa: benchAa }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    lines: { type: 'string', default: '2000000' },
    workbook: { type: 'string' },
    minutes: { type: 'string', default: '10' },
  },
})
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
for (const name of names) {
  const bench = BENCHES[name] ?? ON_REQUEST[name]
  if (!bench) {
    console.error(
      `There is no benchmark “${name}”: ${[...Object.keys(BENCHES), ...Object.keys(ON_REQUEST)].join(', ')}`,
    )
    process.exit(2)
  }
  const results = await bench({
    rounds: Number(values.rounds),
    lines: Number(values.lines),
    workbook: values.workbook,
    minutes: Number(values.minutes),
  })
  for (const { what, value, budget, unit } of results) {
    const holds = budget === null || value <= budget
    const verdict =
      budget === null
        ? ''
        : holds
          ? `within ${round(budget)}${unit}`
          : `OVER the budget of ${round(budget)}${unit}`
    console.log(`${what.padEnd(56)} ${value.toFixed(2)}${unit}  ${verdict}`)
    if (!holds) process.exitCode = 1
  }
}

function round(budget) {
  return Number(budget.toPrecision(3))
}
