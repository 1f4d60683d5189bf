/**
 * The guard of a run: a process of its own, detached, started before the tool is. When whyslow is gone without a word
 * (its pipe ends), or stopped for longer than the run may take, it ends every process of the run.
 *
 * Speaks lines of JSON on stdin: first `RunOrders`, then any number of `RunUpdate`s. Run only as a process. It loads
 * its modules by its own file's extension, so that it runs compiled and, in tests, uncompiled.
 */
import { rmSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface RunOrders {
  token: string
  /** From now on; then the run is ended even if whyslow still lives. */
  limit_ms: number
  /** Temporary: removed when the guard has ended the run. */
  folder?: string
}

export interface RunUpdate {
  /** A process group that was started. */
  group?: number
  /** Counted anew from now on. */
  limit_ms?: number
  /** Nothing of the run is left: go. */
  done?: true
}

/** A tool that is interrupted gets a little time to write what it has. */
const GRACES = { interrupt_ms: 5000, terminate_ms: 2000 }

const extension = extname(fileURLToPath(import.meta.url))
const members: typeof import('./members.js') = await import(
  new URL(`./members${extension}`, import.meta.url).href
)

await watch()

async function watch(): Promise<void> {
  let token: string | null = null
  let folder: string | undefined
  let timer: NodeJS.Timeout | undefined
  const groups: number[] = []
  const finish = async (): Promise<never> => {
    if (token !== null) await members.endMembers({ groups, token }, GRACES)
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    process.exit()
  }
  const limit = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(finish, ms)
  }
  for await (const line of readLines()) {
    if (token === null) {
      const orders = JSON.parse(line) as RunOrders
      token = orders.token
      folder = orders.folder
      limit(orders.limit_ms)
      process.stdout.write('ready\n')
      continue
    }
    const update = JSON.parse(line) as RunUpdate
    if (update.group !== undefined) groups.push(update.group)
    if (update.limit_ms !== undefined) limit(update.limit_ms)
    if (update.done) process.exit()
  }
  await finish()
}

async function* readLines(): AsyncGenerator<string> {
  let rest = ''
  process.stdin.setEncoding('utf8')
  for await (const part of process.stdin) {
    const lines = (rest + part).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}
