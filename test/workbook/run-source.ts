import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const hook = new URL('./typescript-hook.js', import.meta.url).href

/** Address of a source file, for an `import` in a child's code. */
export const sourceOf = (file: string) => new URL(`../../src/${file}`, import.meta.url).href

export interface Child {
  process: ChildProcess
  /** Resolves at its end. */
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
  /** Resolves when it has written this to stdout. */
  said: (text: string) => Promise<void>
}

/** Runs a module's code in a child process, under a shell's limits where `ulimit` is given (`-f 8`: files of 4 KB at most). */
export function runSource(code: string, options: { ulimit?: string } = {}): Child {
  const argv = ['--no-warnings', '--import', hook, '--input-type=module', '-e', code]
  const child = options.ulimit
    ? spawn('bash', ['-c', `ulimit ${options.ulimit}; exec "$@"`, 'bash', process.execPath, ...argv])
    : spawn(process.execPath, argv, { cwd: fileURLToPath(new URL('.', import.meta.url)) })
  let stdout = ''
  let stderr = ''
  child.stderr.on('data', data => {
    stderr += data
  })
  const waiting: (() => void)[] = []
  child.stdout.on('data', data => {
    stdout += data
    for (const check of waiting) check()
  })
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>(resolve => {
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => stdout.includes(text) && resolve()
      waiting.push(check)
      check()
      void ended.then(() => reject(new Error(`ended without saying ${text}: ${stderr}`)))
    })
  return { process: child, ended, said }
}
