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

/** Under what a test may take, so that the run is named that hangs, and the others get the streams back. */
const DEADLINE_MS = 150_000

async function runAlone(args: readonly string[], { cwd, env }: HereOptions): Promise<HereRun> {
  const listeners = watchListeners()
  const restore = [inFolder(cwd), withEnvironment(env), listeners.remove, withExitCode()]
  const stdout = capture(process.stdout)
  const stderr = capture(process.stderr)
  restore.push(stdout.restore, stderr.restore)
  const deadline = startDeadline(args)
  try {
    await Promise.race([run([...args], { root: ROOT }), deadline.passed])
    const left = listeners.unexpected()
    if (left.length > 0) throw new Error(`whyslow ${args.join(' ')} left listeners: ${left.join(', ')}`)
    return { code: Number(process.exitCode ?? 0), stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    deadline.clear()
    for (const undo of restore.reverse()) undo()
  }
}

function startDeadline(args: readonly string[]) {
  let timer: NodeJS.Timeout
  const passed = new Promise<never>((_, reject) => {
    const fail = () => reject(new Error(`whyslow ${args.join(' ')} didn’t end in ${DEADLINE_MS / 1000} s`))
    timer = setTimeout(fail, DEADLINE_MS)
  })
  return { passed, clear: () => clearTimeout(timer) }
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

/** How many a command may leave until its process ends: Ctrl-C stops what it asked the store, and what watches takes SIGTERM as that. */
const EXPECTED: Record<string, number> = {
  SIGINT: 1,
  SIGTERM: 1,
  SIGHUP: 0,
  exit: 0,
  beforeExit: 0,
  uncaughtException: 0,
  unhandledRejection: 0,
}

/** A process of its own would have taken them along. */
function watchListeners() {
  const names = Object.keys(EXPECTED) as 'exit'[]
  const before = new Map(names.map(name => [name, process.listeners(name)]))
  const added = (name: 'exit') => process.listeners(name).filter(own => !before.get(name)!.includes(own))
  return {
    unexpected: () => names.filter(name => added(name).length > EXPECTED[name]!),
    remove: () => {
      for (const name of names) for (const listener of added(name)) process.off(name, listener)
    },
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
    chunks.push(Buffer.from(chunk as string, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8'))
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
