/** What whyslow puts into the Node processes that a tool profiles. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Environment } from './group.js'

/**
 * Node writes what `--cpu-prof` and the like measured when it exits, and a signal is no exit. So SIGINT and SIGTERM
 * end it properly; a program that handles them itself gets three seconds to do so.
 */
const EXIT_ON_SIGNALS = `const { isMainThread } = require('node:worker_threads')
if (isMainThread) {
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) process.exit()
      setTimeout(() => process.exit(), 3000).unref()
    })
  }
}
`

/** clinic bubbleprof waits for its file to be closed before it exits, and what it waits with keeps nothing alive (node-clinic#477). */
const EXIT_AFTER_END = `process.once('beforeExit', () => setTimeout(() => process.exit(0), 500))
`

export const PRELOADS = { exitOnSignals: EXIT_ON_SIGNALS, exitAfterEnd: EXIT_AFTER_END }

/** Returns the file. It belongs to the run and goes with it. */
export async function writePreload(folder: string, text: string): Promise<string> {
  const file = path.join(folder, 'whyslow-preload.cjs')
  await writeFile(file, text)
  return file
}

/** Behind those that are set already. */
export function addNodeOptions(env: Environment, options: readonly string[]): { NODE_OPTIONS: string } {
  const quoted = options.map(option =>
    /[\s"\\]/.test(option) ? `"${option.replaceAll(/["\\]/g, '\\$&')}"` : option,
  )
  return { NODE_OPTIONS: [env.NODE_OPTIONS, ...quoted].filter(Boolean).join(' ') }
}

/** `node`, `/usr/bin/node22`, `nodejs`: what takes Node's flags right behind its name. */
export function isNodeCommand(command: readonly string[]): boolean {
  return /^(?:node|nodejs)(?:[-_.\d].*)?(?:\.exe)?$/i.test(path.basename(command[0] ?? ''))
}
