// `npm run reference`: what was built, against data that others published, in the folder that WHYSLOW_REFERENCE names.
// Prints a table; exits 1 on a difference.
import process from 'node:process'
import { checkHalves } from './halves.js'
import { checkExports, checkLogs } from './imports.js'
import { checkJunit } from './junit.js'
import { checkProfiles } from './profiles.js'
import { checkStats } from './stats.js'

const folder = process.env.WHYSLOW_REFERENCE
if (!folder) {
  process.stderr.write(
    'WHYSLOW_REFERENCE names no folder with reference data, so there is nothing to check.\n',
  )
  process.exit(2)
}

const rows = [
  ...checkLogs(folder),
  ...checkExports(folder),
  ...(await checkStats(folder)),
  ...checkHalves(folder),
  ...(await checkProfiles(folder)),
  ...(await checkJunit(folder)),
]
const width = Math.max(...rows.map(({ what }) => what.length))
for (const { what, expected, found, ok } of rows) {
  process.stdout.write(
    `${ok ? 'ok  ' : 'DIFF'}  ${what.padEnd(width)}  ${found}${ok ? '' : `, expected ${expected}`}\n`,
  )
}
const differ = rows.filter(({ ok }) => !ok).length
process.stdout.write(`\n${rows.length} checks against reference data, ${differ} differ\n`)
// Not `process.exit`, which now and then waits for ever while WebAssembly is still being compiled.
process.exitCode = differ === 0 ? 0 : 1
