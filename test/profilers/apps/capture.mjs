// Attaches with the compiled module: node capture.mjs ATTACH.JS PID|URL SECONDS. Prints each phase, then the result.
const [module, target, seconds] = process.argv.slice(2)
const { attachToProcesses } = await import(module)
const { endOnSignals } = await import(new URL('../end-on-signals.js', module))
const { signal } = endOnSignals(process)
let last = ''
const onProgress = ({ phase }) => {
  if (phase !== last) process.stdout.write(`${phase}\n`)
  last = phase
}
try {
  const at = target.includes('://') ? { url: target, allowRemote: false } : { pid: Number(target) }
  const { captures, failures } = await attachToProcesses([at], {
    seconds: Number(seconds),
    onProgress,
    signal,
  })
  if (failures[0]) throw failures[0].error
  const { threads, ...rest } = captures[0]
  process.stdout.write(`${JSON.stringify({ ...rest, bytes: threads[0].text.length })}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ message: error.message, stack: error.stack })}\n`)
  process.exitCode = 1
}
