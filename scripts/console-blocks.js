// The ```console blocks of a Markdown file: lines after "$ " are commands, the lines below are what they print, stdout
// and stderr together. In these, a line "…" stands for any lines and "…" inside a line for any characters. A command
// that ends with "# exit 3" has to end with that code; the others with 0.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every command in the order of the file. `line` starts at 1; `start` and `end` are the indexes of its shown lines. */
export function readConsoleBlocks(markdown) {
  const lines = markdown.split('\n')
  const found = []
  let inside = false
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i]
    if (line.startsWith('```')) inside = !inside && line === '```console'
    else if (inside && line.startsWith('$ ')) {
      let command = line.slice(2)
      const at = i + 1
      while (command.endsWith('\\')) {
        i += 1
        command = `${command.slice(0, -1)}${lines[i].trimStart()}`
      }
      found.push({ command, line: at, start: i + 1, end: i + 1 })
    } else if (inside && found.length > 0) found.at(-1).end = i + 1
  }
  return found.map(entry => ({ ...entry, shown: trimEnd(lines.slice(entry.start, entry.end)) }))
}

/** Runs commands one after another in one new folder, in which `fixtures` is there and `whyslow` is on the path. */
export function runCommands(commands) {
  const dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'whyslow-docs-')))
  const work = path.join(dir, 'work')
  const bin = path.join(dir, 'bin')
  const place = path.join(dir, 'cwd')
  mkdirSync(work)
  mkdirSync(bin)
  symlinkSync(path.join(root, 'fixtures'), path.join(work, 'fixtures'))
  writeFileSync(
    path.join(bin, 'whyslow'),
    `#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'bin/run.js')}' "$@"\n`,
  )
  chmodSync(path.join(bin, 'whyslow'), 0o755)
  writeFileSync(place, work)
  const env = {
    PATH: `${bin}${path.delimiter}${process.env.PATH}`,
    HOME: dir,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    COLUMNS: '100',
    NO_COLOR: '1',
    PLACE: place,
  }
  try {
    return commands.map(command => {
      const script = `exec 2>&1\ntrap 'pwd > "$PLACE"' EXIT\n${command}\n`
      const cwd = readFileSync(place, 'utf8').trim()
      const { status, stdout } = spawnSync('bash', ['-c', script], {
        cwd,
        env,
        encoding: 'utf8',
        timeout: 120_000,
      })
      return { printed: trimEnd(stdout.split('\n')), status }
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** The exit code that a command is written with. */
export function expectedStatus(command) {
  return Number(/#\s*exit (\d+)$/.exec(command)?.[1] ?? 0)
}

/** Whether what is shown stands for what was printed. */
export function matches(shown, printed) {
  const pattern = shown
    .map(line => (line.trim() === '…' ? '(?:.*\n)*?' : `${toPattern(line.trimEnd())}[ \t]*\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(printed.map(line => `${line}\n`).join(''))
}

const toPattern = line => line.split('…').map(escapePattern).join('.*?')
const escapePattern = text => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The Markdown with what has changed shown anew, and the commands whose exit code isn't the one they are written with. */
export function refreshBlocks(markdown) {
  const entries = readConsoleBlocks(markdown)
  const results = runCommands(entries.map(({ command }) => command))
  const lines = markdown.split('\n')
  for (const [i, { start, shown }] of [...entries.entries()].reverse()) {
    const { printed } = results[i]
    if (!matches(shown, printed)) lines.splice(start, shown.length, ...showAnew(shown, printed))
  }
  const surprises = entries.flatMap(({ command, line }, i) =>
    results[i].status === expectedStatus(command)
      ? []
      : [`line ${line}: exit ${results[i].status}: ${command}`],
  )
  return { markdown: lines.join('\n'), surprises }
}

/** Lines that still match stay as they are, with their "…"; between two of them, a line "…" stands for what it can. */
function showAnew(shown, printed) {
  const pairs = [...alignLines(shown, printed), [shown.length, printed.length]]
  const lines = []
  let [nextShown, nextPrinted] = [0, 0]
  for (const [i, j] of pairs) {
    const before = shown.slice(nextShown, i)
    const fresh = printed.slice(nextPrinted, j)
    const gap = before.findIndex(isGap)
    const below = before.length - gap - 1
    if (gap === -1 || gap + below >= fresh.length) lines.push(...fresh)
    else lines.push(...fresh.slice(0, gap), before[gap], ...fresh.slice(fresh.length - below))
    if (i < shown.length) lines.push(shown[i])
    nextShown = i + 1
    nextPrinted = j + 1
  }
  return lines
}

/** Pairs of positions of lines that match, as many as can be in this order (longest common subsequence). */
function alignLines(shown, printed) {
  const isPair = (i, j) => !isGap(shown[i]) && matches([shown[i]], [printed[j]])
  const most = Array.from({ length: shown.length + 1 }, () => new Array(printed.length + 1).fill(0))
  for (let i = shown.length - 1; i >= 0; i -= 1) {
    for (let j = printed.length - 1; j >= 0; j -= 1) {
      most[i][j] = isPair(i, j) ? most[i + 1][j + 1] + 1 : Math.max(most[i + 1][j], most[i][j + 1])
    }
  }
  const pairs = []
  for (let i = 0, j = 0; i < shown.length && j < printed.length; ) {
    if (isPair(i, j)) pairs.push([i++, j++])
    else if (most[i + 1][j] >= most[i][j + 1]) i += 1
    else j += 1
  }
  return pairs
}

const isGap = line => line.trim() === '…'

function trimEnd(lines) {
  const last = lines.findLastIndex(line => line.trim() !== '')
  return lines.slice(0, last + 1)
}
