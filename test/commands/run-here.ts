/** Runs a command of the built program inside this process: what it prints and its exit code, without the start of a Node. */
import { createRequire } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type * as Oclif from '@oclif/core'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
// Not as a test imports it: the commands have to find the same one.
const { Config, run } = createRequire(import.meta.url)('@oclif/core') as typeof Oclif

export interface HereRun {
  code: number
  stdout: string
  stderr: string
}

interface HereOptions {
  cwd: string
  /** Undefined removes a variable. */
  env: Record<string, string | undefined>
}

/** Two at once would share the folder, the environment and the streams. */
let last: Promise<unknown> = Promise.resolve()

export function runHere(args: readonly string[], options: HereOptions): Promise<HereRun> {
  const mine = last.then(() => runAlone(args, options))
  last = mine.catch(() => undefined)
  return mine
}

let config: Promise<Oclif.Config> | undefined

/** The id of the command that these arguments name; undefined where there is none. */
export async function commandOf(args: readonly string[]): Promise<string | undefined> {
  config ??= Config.load({ root: ROOT })
  const loaded = await config
  return [args.slice(0, 2).join(':'), args[0] ?? ''].find(id => loaded.findCommand(id) !== undefined)
}

async function runAlone(args: readonly string[], { cwd, env }: HereOptions): Promise<HereRun> {
  const restore = [inFolder(cwd), withEnvironment(env), withoutNewListeners(), withExitCode()]
  const stdout = capture(process.stdout)
  const stderr = capture(process.stderr)
  restore.push(stdout.restore, stderr.restore)
  try {
    await run([...args], { root: ROOT })
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    for (const undo of restore.reverse()) undo()
  }
}

function inFolder(cwd: string) {
  const before = process.cwd()
  process.chdir(cwd)
  return () => process.chdir(before)
}

function withEnvironment(env: Record<string, string | undefined>) {
  const before = { ...process.env }
  const set = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  set(env)
  return () => set(Object.fromEntries(Object.keys(env).map(name => [name, before[name]])))
}

/** A process of its own would have taken them along. */
function withoutNewListeners() {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const
  const before = new Map(signals.map(signal => [signal, process.listeners(signal as 'SIGINT')]))
  return () => {
    for (const [signal, kept] of before)
      for (const listener of process.listeners(signal as 'SIGINT'))
        if (!kept.includes(listener)) process.off(signal, listener)
  }
}

function withExitCode() {
  const before = process.exitCode
  process.exitCode = undefined
  return () => {
    process.exitCode = before
  }
}

function capture(stream: NodeJS.WriteStream) {
  const { write } = stream
  const chunks: Buffer[] = []
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    chunks.push(Buffer.from(chunk as string))
    const callback = typeof encoding === 'function' ? encoding : done
    if (typeof callback === 'function') process.nextTick(callback as () => void)
    return true
  }) as typeof stream.write
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    restore: () => {
      stream.write = write
    },
  }
}
