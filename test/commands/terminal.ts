/** A real terminal for commands that ask: tmux, where there is one. */
import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from './run-cli.js'

/** Against hanging, not for speed. */
const LIMIT_MS = 120_000

export const HAS_TMUX = spawnSync('tmux', ['-V']).status === 0

/** One line to type, as soon as the screen shows a text; without one it only waits. `C-c` and the like are keys. */
export type Step = readonly [waitFor: string, type?: string]

/**
 * Runs a command in a terminal of its own and returns the screen as it is when the command has ended: its last line is `exit CODE`.
 * `onScreen` sees what it looks like meanwhile.
 */
export async function typeInto(
  args: string[],
  cwd: string,
  steps: readonly Step[],
  onScreen?: (screen: string) => void,
): Promise<string> {
  const socket = `whyslow-test-${process.pid}-${Math.round(performance.now() * 1000)}`
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-u', '-L', socket, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
      // What is drawn depends on it, and a job of CI may have none.
      env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: '' },
    })
  const words = [process.execPath, path.join(ROOT, 'bin/run.js'), ...args].map(word => `'${word}'`).join(' ')
  tmux(
    'new-session',
    '-d',
    '-x',
    '100',
    '-y',
    '60',
    '-c',
    cwd,
    `env -u CI sh -c "trap : INT; ${words}; echo exit \\$?; sleep 60"`,
  )
  const read = () => tmux('capture-pane', '-p').trimEnd()
  const waitFor = async (text: string | RegExp) => {
    for (const end = performance.now() + LIMIT_MS; performance.now() < end; await sleep(50)) {
      const screen = read()
      onScreen?.(screen)
      if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen
    }
    throw new Error(`The terminal never showed ${text}:\n${read()}`)
  }
  try {
    for (const [question, answer] of steps) {
      await waitFor(question)
      if (answer === undefined) continue
      if (/^C-\w$/.test(answer)) tmux('send-keys', answer)
      else tmux('send-keys', '-l', answer)
      if (!/^C-\w$/.test(answer)) tmux('send-keys', 'Enter')
    }
    return await waitFor(/^exit \d+$/m)
  } finally {
    tmux('kill-server')
  }
}
