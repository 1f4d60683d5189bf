// Attaches with the compiled module: node capture.mjs ATTACH.JS PID SECONDS. Prints each phase, then the result.
const [module, pid, seconds] = process.argv.slice(2)
const { attachToProcess } = await import(module)
const { endOnSignals } = await import(new URL('../end-on-signals.js', module))
const { signal } = endOnSignals(process)
let last = ''
const onProgress = ({ phase }) => {
  if (phase !== last) process.stdout.write(`${phase}\n`)
  last = phase
}
try {
  const { profile, ...rest } = await attachToProcess({
    pid: Number(pid),
    seconds: Number(seconds),
    onProgress,
    signal,
  })
  process.stdout.write(`${JSON.stringify({ ...rest, bytes: profile.length })}\n`)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ message: error.message, stack: error.stack })}\n`)
  process.exitCode = 1
}
