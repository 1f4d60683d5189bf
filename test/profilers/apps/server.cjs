// A plain server. /spin keeps the processor busy for 40 ms in a function with a name.
const { execFileSync } = require('node:child_process')
const { createServer } = require('node:http')

function spinForAWhile() {
  const end = Date.now() + 40
  let turns = 0
  while (Date.now() < end) turns += 1
  return turns
}

function computeForLong() {
  const end = Date.now() + 2500
  let turns = 0
  while (Date.now() < end) turns += 1
  return turns
}

function blockInNativeCode() {
  execFileSync('/bin/sleep', ['4'])
}

const server = createServer((request, response) => {
  if (request.url === '/spin') spinForAWhile()
  if (request.url === '/compute') computeForLong()
  if (request.url === '/exit') setTimeout(() => process.exit(0), 10)
  if (request.url === '/block') setTimeout(() => blockInNativeCode(), 10)
  response.end(JSON.stringify({ left: Object.getOwnPropertySymbols(globalThis).map(String) }))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
