// A server that computes for about a millisecond a request, in many small functions as real ones do. Writes its pid and port to the file that READY names.
const { writeFileSync } = require('node:fs')
const { createServer } = require('node:http')

const orders = Array.from({ length: 3000 }, (_, id) => ({
  id,
  price: (id * 7919) % 1000,
  name: `order ${id}`,
}))

const priceOf = order => order.price * (1 + (order.id % 3) / 10)
const describeOrder = order => `${order.name}: ${priceOf(order).toFixed(2)}`

function sortOrders(salt) {
  return orders.toSorted((a, b) => ((a.price * salt) % 997) - ((b.price * salt) % 997))
}

function sumUp(list) {
  const totals = new Map()
  for (const order of list) totals.set(order.id % 10, (totals.get(order.id % 10) ?? 0) + priceOf(order))
  return [...totals]
}

let served = 0
const server = createServer((_, response) => {
  served += 1
  const sorted = sortOrders(served % 100)
  response.end(JSON.stringify({ totals: sumUp(sorted), lines: sorted.slice(0, 100).map(describeOrder) }))
})
server.listen(0, '127.0.0.1', () =>
  writeFileSync(process.env.READY, JSON.stringify({ pid: process.pid, port: server.address().port })),
)
process.on('SIGINT', () => process.exit(0))
