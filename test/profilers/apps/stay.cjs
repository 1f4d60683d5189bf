// A server that never exits by itself, with a function that is busy for 30 ms ten times a second, so that there is
// something to see without any load. PORT, or any free one. CHILD: also starts a process in a session of its own.
// SAY_GOODBYE: handles SIGINT itself, as a service does that shuts down in order.
const { spawn } = require('node:child_process')
const { createServer } = require('node:http')

function spinForAWhile() {
  const end = Date.now() + 30
  let turns = 0
  while (Date.now() < end) turns += 1
  return turns
}

const kept = []
function keepSome() {
  // Several times what a sample of allocations stands for.
  kept.push(new Array(40_000).fill(0).map((_, i) => ({ i })))
  if (kept.length > 5) kept.shift()
}

setInterval(() => {
  spinForAWhile()
  keepSome()
}, 100)

if (process.env.CHILD) spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref()

const server = createServer((request, response) => {
  if (request.url === '/spin') spinForAWhile()
  if (request.url === '/fail') response.statusCode = 500
  response.end(process.env.NODE_ENV ?? 'no NODE_ENV')
})
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
  process.stdout.write(`${server.address().port}\n`),
)

if (process.env.SAY_GOODBYE) {
  process.once('SIGINT', () => {
    process.stderr.write('goodbye\n')
    setTimeout(() => process.exit(0), 200)
  })
}
