import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type { CaptureProgress } from '../../src/profilers/node/attach.js'
import { listListeners } from '../../src/profilers/node/processes.js'

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

export interface App {
  child: ChildProcess
  pid: number
  /** 0 when it serves nothing. */
  port: number
  get: (url?: string) => Promise<string>
  kill: () => Promise<void>
}

/** A real Node process, ready when it has said its port. It ends with its test, also when that fails. */
export async function startApp(name: string, nodeFlags: string[] = []): Promise<App> {
  const file = path.join(REPOSITORY, 'test/profilers/apps', name)
  const child = spawn(process.execPath, [...nodeFlags, file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {},
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [text] = await once(child.stdout, 'data')
  const port = Number(text)
  return {
    child,
    pid: child.pid!,
    port,
    get: async (url = '/') => (await fetch(`http://127.0.0.1:${port}${url}`)).text(),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Ports of the app besides its own: its inspector's. */
export function listExtraPorts(app: App): number[] {
  return (listListeners(app.pid) ?? []).map(({ port }) => port).filter(port => port !== app.port)
}

/** The name of the thread that V8 has while a CPU profiler runs. */
export const PROFILER_THREAD = 'v8:ProfEvntProc'

/** Their names, as the system knows them. One that ends meanwhile has none. */
export function listThreads(app: App): string[] {
  const folder = `/proc/${app.pid}/task`
  return readdirSync(folder).flatMap(id => {
    try {
      return readFileSync(`${folder}/${id}/comm`, 'utf8').trim()
    } catch {
      return []
    }
  })
}

/** Once, when the profiler has run for so long; by the clock alone, a busy machine may not have come that far. */
export function whenCapturing(after_ms: number, act: () => void): (progress: CaptureProgress) => void {
  let isDone = false
  return ({ phase, elapsed_ms }) => {
    if (isDone || phase !== 'capturing' || elapsed_ms < after_ms) return
    isDone = true
    act()
  }
}

/** Compiles captures by themselves; returns the URL of `node/attach.js`. */
export async function compileProfilers(): Promise<{ folder: string; attach: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-profilers-'))
  await mkdir(path.join(folder, 'out'))
  const config = {
    extends: path.join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: {
      rootDir: path.join(REPOSITORY, 'src'),
      outDir: path.join(folder, 'out'),
      typeRoots: [path.join(REPOSITORY, 'node_modules/@types')],
    },
    include: ['node', 'end-on-signals.ts'].map(name => path.join(REPOSITORY, 'src/profilers', name)),
  }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
  await writeFile(path.join(folder, 'package.json'), '{"type": "module"}')
  await promisify(execFile)(path.join(REPOSITORY, 'node_modules/.bin/tsc'), ['-p', folder])
  return { folder, attach: `file://${folder}/out/profilers/node/attach.js` }
}

/** A capture in a process of its own, which can be killed. `said` is what it printed so far. */
export function startCapture(
  attach: string,
  target: number | string,
  seconds: number,
  options: SpawnOptions = {},
): { child: ChildProcess; said: () => string } {
  const script = path.join(REPOSITORY, 'test/profilers/apps/capture.mjs')
  const child = spawn(process.execPath, [script, attach, String(target), String(seconds)], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
  })
  let text = ''
  child.stdout!.on('data', part => {
    text += part
  })
  return { child, said: () => text }
}

export async function waitUntil(holds: () => boolean, limit_ms: number): Promise<boolean> {
  const end = performance.now() + limit_ms
  while (!holds() && performance.now() < end) await new Promise(resolve => setTimeout(resolve, 10))
  return holds()
}
