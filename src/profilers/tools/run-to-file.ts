/** A helper of a tool whose output is what is wanted: in a group of its own, too, so that it ends with the run. */
import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import type { Environment } from './group.js'
import { endMembers, MARK } from './members.js'

const LIMIT_MS = 60_000

/** Its stdout goes to the file. Null when it went well, else the last line that it said. */
export async function runToFile(
  argv: readonly [string, ...string[]],
  file: string,
  { env, token }: { env: Environment; token: string },
): Promise<string | null> {
  const out = await open(file, 'wx')
  let said = ''
  try {
    const [program, ...args] = argv
    const child = spawn(program, args, {
      env: { ...env, [MARK]: token },
      detached: true,
      stdio: ['ignore', out.fd, 'pipe'],
    })
    child.stderr!.setEncoding('utf8').on('data', (part: string) => {
      said = (said + part).slice(-2000)
    })
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      void endMembers({ groups: [child.pid!], token }, { interrupt_ms: 0, terminate_ms: 500 })
    }, LIMIT_MS)
    const code = await new Promise<number | null>(resolve => {
      child.once('error', error => {
        said = error.message
        resolve(1)
      })
      child.once('close', resolve)
    })
    clearTimeout(timer)
    if (isLate) return `it took more than ${LIMIT_MS / 1000} s`
    return code === 0 ? null : (said.trim().split('\n').at(-1) ?? '')
  } finally {
    await out.close()
  }
}
