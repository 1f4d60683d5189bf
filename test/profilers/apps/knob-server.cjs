// Answers with work of log-normal size in functions with names; after /double it does one of them twice.
// /stats says how many requests were answered, and how long that function took by the server's own clock.
const { createServer } = require('node:http')

let times = 1
let seed = 1
let requests = 0
let rankRows_ms = 0

function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0
  return (seed >>> 0) / 4294967296
}

function logNormal(median, spread) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.round(median * Math.exp(spread * normal))
}

function readOrders(count) {
  const rows = []
  for (let index = 0; index < count; index += 1) rows.push({ id: index, price: random() * 100 })
  return JSON.parse(JSON.stringify(rows))
}

// Calls itself, so that V8 doesn't inline it as a whole into its caller, where its time would be booked.
function rankRows(depth) {
  return depth < 2 ? 1 : (rankRows(depth - 1) + rankRows(depth - 2)) % 1000003
}

function checkStock(turns) {
  let value = 7
  for (let turn = 0; turn < turns; turn += 1) value = (value * 17 + turn) % 65521
  return value
}

function renderPage(rows) {
  let text = ''
  for (const row of rows) text += `<li>${row.id}: ${row.price.toFixed(2)}</li>`
  return text
}

function handle(response) {
  const rows = readOrders(logNormal(400, 0.7))
  const depth = Math.round(23 + 2 * Math.log(logNormal(64, 0.7) / 64))
  const start = performance.now()
  for (let time = 0; time < times; time += 1) rankRows(depth)
  rankRows_ms += performance.now() - start
  checkStock(logNormal(60_000, 0.7))
  response.end(renderPage(rows))
  requests += 1
}

const server = createServer((request, response) => {
  if (request.url === '/double') times = 2
  if (request.url !== '/') response.end(JSON.stringify({ requests, rankRows_ms }))
  else handle(response)
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
