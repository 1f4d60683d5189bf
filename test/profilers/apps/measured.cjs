// A service that says itself how much CPU time each answer took.
const { execFileSync } = require('node:child_process')
const cluster = require('node:cluster')
const { createServer } = require('node:http')

const cpu_ms = from => {
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000
}

const ANSWERS = {
  '/burn': ms => {
    const from = process.cpuUsage()
    while (cpu_ms(from) < Number(ms));
    return cpu_ms(from)
  },
  '/allocate': mb => {
    const from = process.cpuUsage()
    global.kept = Array.from({ length: Number(mb) }, () => new Array(131072).fill(Math.random()))
    return cpu_ms(from)
  },
  // What children took, as they say it themselves.
  '/shell': () => {
    const { NODE_OPTIONS, ...plain } = process.env
    const burn = 'while (process.cpuUsage().user + process.cpuUsage().system < 150e3); console.log(150)'
    return [process.env, plain].reduce(
      (sum, env) => sum + Number(execFileSync(process.execPath, ['-e', burn], { env, encoding: 'utf8' })),
      0,
    )
  },
}

if (cluster.isPrimary && process.env.WORKERS) {
  for (let at = 0; at < Number(process.env.WORKERS); at += 1) cluster.fork()
} else {
  createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://x')
    const [value] = searchParams.values()
    response.end(String(ANSWERS[pathname]?.(value) ?? 'ok'))
  }).listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))
}
