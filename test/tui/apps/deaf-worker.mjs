import { spawn } from 'node:child_process'

/** A worker that never hears that it is cancelled, ends when it is told to, and answers anything else with its process id. */
process.on('message', ({ type, id, request }) => {
  if (type !== 'run') return
  if (request.story === 'end') {
    process.stderr.write('last words\n')
    process.exit(3)
  }
  if (request.story === 'leave-heir') {
    const heir = spawn(process.execPath, ['-e', 'setTimeout(() => 0, 5000)'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    })
    heir.once('spawn', () => process.exit(3))
    return
  }
  if (request.story === 'forever')
    process.send({ type: 'progress', id, progress: { phase: 'busy', done: 0.5 } })
  else process.send({ type: 'result', id, result: process.pid })
})
process.on('disconnect', () => process.exit())
