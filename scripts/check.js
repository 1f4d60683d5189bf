// Runs every check, also when one before it failed, and says which did.
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const checks = ['types', 'lint', 'knip', 'coverage']

const rows = checks.map(check => {
  const start = performance.now()
  const { status } = spawnSync('npm', ['run', check], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return { check, passed: status === 0, seconds: ((performance.now() - start) / 1000).toFixed(1) }
})

process.stdout.write('\n')
for (const { check, passed, seconds } of rows) {
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${check.padEnd(8)}  ${seconds.padStart(6)} s\n`)
}
process.exit(rows.every(({ passed }) => passed) ? 0 : 1)
