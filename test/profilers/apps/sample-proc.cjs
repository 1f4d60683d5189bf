// A sampler by pid, from nothing but /proc: every 10 ms whether the process runs, and else what it waits for in the kernel.
// node sample-proc.cjs PID SECONDS OUT; writes collapsed stacks when the seconds are over, or on SIGINT.
const { readFileSync, writeFileSync } = require('node:fs')
const [pid, seconds, out] = process.argv.slice(2)
const counts = new Map()

function sample() {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
  const where =
    state === 'R' ? 'running' : `waiting;${readFileSync(`/proc/${pid}/wchan`, 'utf8') || 'somewhere'}`
  counts.set(where, (counts.get(where) ?? 0) + 1)
}

function finish() {
  writeFileSync(out, [...counts].map(([stack, count]) => `${stack} ${count}\n`).join(''))
  process.exit(0)
}

setInterval(sample, 10)
setTimeout(finish, Number(seconds) * 1000)
process.on('SIGINT', finish)
