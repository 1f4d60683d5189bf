// A server of which two functions allocate: one keeps a little of it for good, the other drops all at once.
const { createServer } = require('node:http')

const kept = []
function keepSome() {
  kept.push(Array.from({ length: 1000 }, (_, index) => ({ index })))
}

function dropAll() {
  let last
  for (let turn = 0; turn < 100; turn += 1) last = Array.from({ length: 1000 }, (_, index) => ({ index }))
  return last
}

setInterval(() => {
  keepSome()
  dropAll()
}, 10)
createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`)
})
