// How fast the board answers a key while 10 million requests are queried beside it, in a real pseudo-terminal: from writing the key
// until the screen shows what it leads to. Beside it the same while nothing is queried. Measured from outside of the board, so that
// what waits for a processor counts. `--workbook DIR` takes one with such data, and makes none.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { measureProcess, median } from './measure.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const cli = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const REQUESTS = 10_000_000
const KEYS = 100
const BUDGET_MS = 50
const COLUMNS = 120
const ROWS = 40
/** Against hanging. */
const LIMIT_MS = 60_000

export async function benchBoard({ workbook }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  try {
    const dir = workbook ?? (await makeWorkbook(folder))
    await node('story', 'new', '--title', 'All of it', '--where', 'status > 0', '--workbook', dir)
    const board = openBoard(dir)
    try {
      await board.waitFor(row => row(0).includes('whyslow board'), 'the list')
      // It is drawn before keys are taken one by one.
      await sleep(1000)
      board.press('\r')
      await board.waitFor(row => row(1).includes('All of it'), 'the story')
      const alone = await pressKeys(board, async () => undefined)
      const beside = await pressKeys(board, () => keepBusy(board))
      return [
        ...describe('a key, while 10 million requests are queried', beside, BUDGET_MS),
        ...describe('a key, while nothing is queried', alone, null),
        {
          what: 'a key while they are queried, against while nothing is',
          value: median(beside) / median(alone),
          budget: null,
          unit: 'x',
        },
      ]
    } finally {
      await board.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function describe(what, times, budget) {
  const sorted = times.toSorted((a, b) => a - b)
  const at = q => sorted[Math.ceil(q * sorted.length) - 1]
  return [
    { what: `${what}: median`, value: median(times), budget: null, unit: ' ms' },
    { what: `${what}: p95`, value: at(0.95), budget, unit: ' ms' },
    { what: `${what}: longest`, value: sorted.at(-1), budget: null, unit: ' ms' },
  ]
}

async function makeWorkbook(folder) {
  const log = path.join(folder, 'nginx.log')
  const dir = path.join(folder, 'workbook')
  await measureProcess(process.execPath, [path.join(here, 'make-log.js'), 'nginx', String(REQUESTS), log])
  await node('init', dir)
  await node('import', log, '--workbook', dir, '--json')
  await rm(log)
  return dir
}

function node(...args) {
  return measureProcess(process.execPath, [cli, ...args])
}

/** `?` shows the keys and `?` hides them: the whole screen changes. Returns milliseconds. */
async function pressKeys(board, prepare) {
  const times = []
  let seed = 20261128
  for (let i = 0; i < KEYS; i += 1) {
    if (i % 2 === 0) await prepare()
    // At any moment of what is drawn by itself meanwhile.
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    await sleep(50 + (seed / 2 ** 32) * 150)
    const isShown = row => row(ROWS - 1).trim() === 'Esc back'
    const start = performance.now()
    board.press('?')
    await board.waitFor(row => isShown(row) === (i % 2 === 0), 'the keys')
    times.push(performance.now() - start)
  }
  return times
}

/** Asks again once an answer is there. */
async function keepBusy(board) {
  const isBusy = row =>
    Array.from({ length: 4 }, (_, i) => row(ROWS - 1 - i)).some(line => line.includes('x cancels'))
  if (isBusy(board.row)) return
  board.press('e')
  await board.waitFor(isBusy, 'work that runs')
}

/** The board in a pseudo-terminal of util-linux's `script`, and what its screen shows. */
function openBoard(dir) {
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true })
  const words = [process.execPath, cli, 'board', '--workbook', dir].map(word => `'${word}'`).join(' ')
  const child = spawn('script', ['-qefc', `stty cols ${COLUMNS} rows ${ROWS}; exec ${words}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color', CI: '' },
  })
  const listeners = new Set()
  child.stdout.on('data', data =>
    terminal.write(data, () => {
      for (const listener of listeners) listener()
    }),
  )
  const ended = new Promise(resolve => child.on('close', resolve))
  const row = index =>
    terminal.buffer.active.getLine(terminal.buffer.active.baseY + index)?.translateToString(true) ?? ''
  return {
    row,
    press: key => child.stdin.write(key),
    waitFor(shows, what) {
      if (shows(row)) return undefined
      const { promise, resolve, reject } = Promise.withResolvers()
      const look = () => shows(row) && resolve()
      const screen = () => Array.from({ length: ROWS }, (_, i) => row(i)).join('\n')
      const limit = setTimeout(
        () => reject(new Error(`The board never showed ${what}:\n${screen()}`)),
        LIMIT_MS,
      )
      listeners.add(look)
      return promise.finally(() => {
        listeners.delete(look)
        clearTimeout(limit)
      })
    },
    async close() {
      child.stdin.write('\x03')
      await ended
    },
  }
}
