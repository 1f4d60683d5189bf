// A server with worker threads: one in an endless loop, two that wait, one of which started a worker itself. Its workers' names are their tasks.
const { execFileSync } = require('node:child_process')
const { createServer } = require('node:http')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')

function loopInWorker() {
  for (;;) Math.sqrt(2)
}

function spinInWorker() {
  const end = Date.now() + 5
  while (Date.now() < end) Math.sqrt(2)
}

const start = task => new Worker(__filename, { workerData: task, name: task })

if (isMainThread) {
  const workers = Object.fromEntries(['busy', 'parent', 'waiting'].map(task => [task, start(task)]))
  const routes = {
    '/start': () => void start('late'),
    '/terminate': () => workers.waiting.terminate(),
    '/block': () => workers.waiting.postMessage('block'),
    '/exit': () => setTimeout(() => process.exit(0), 10),
  }
  const server = createServer(async (request, response) => {
    await routes[request.url]?.()
    response.end(JSON.stringify({ left: Object.getOwnPropertySymbols(globalThis).map(String) }))
  })
  server.listen(0, '127.0.0.1', () => {
    workers.parent.once('message', () => process.stdout.write(`${server.address().port}\n`))
  })
} else {
  if (workerData === 'busy') loopInWorker()
  if (workerData === 'parent') start('child').once('online', () => parentPort.postMessage('ready'))
  if (workerData === 'late') setInterval(spinInWorker, 10)
  parentPort.on('message', message => {
    if (message === 'block') execFileSync('/bin/sleep', ['4'])
  })
}
