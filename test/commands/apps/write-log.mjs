/**
 * A service with a baseline and a canary that logs as it goes: `node write-log.mjs FILE SLOW_OLD SLOW_NEW`, the shares of requests that take
 * 900 ms instead of 90. 40 customers, 30 requests each 100 ms, until it is killed.
 */
import { appendFileSync } from 'node:fs'

const [, , file, slowOld, slowNew] = process.argv
// A generator of its own, so that each run writes the same.
let state = 7
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 4_294_967_296
}
let count = 0

setInterval(() => {
  const lines = Array.from({ length: 30 }, () => {
    count += 1
    const isNew = count % 2 === 0
    return JSON.stringify({
      time: new Date().toISOString(),
      method: 'GET',
      path: '/orders',
      status: 200,
      duration_ms: random() < Number(isNew ? slowNew : slowOld) ? 900 : 90,
      upstream: isNew ? 'new' : 'old',
      account: `c${Math.floor(random() * 40)}`,
    })
  })
  appendFileSync(file, `${lines.join('\n')}\n`)
}, 100)
