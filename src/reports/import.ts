/** What an import brought in, and how far it is, as text. */
import type { Source } from '../store/catalog.js'
import { formatBytes, formatCount } from '../units.js'
import { countRows, sourceColumns, sourceRows } from './sources.js'
import { plain, type Style, truncate, widthOf, wrap } from './style.js'
import { renderTable } from './table.js'
import { formatRound, formatTime } from './times.js'

export type ImportedRow = Source & { alreadyImported: boolean }

export function renderImport(sources: readonly ImportedRow[], style: Style): string {
  if (sources.length === 0) return ''
  const table = renderTable(
    sourceColumns(),
    sources.flatMap(source => sourceRows(source, style)),
    style,
  )
  return `${table}\n\n${wrap(style, plain(style, summarise(sources)))}`
}

/** `Imported 30,124 requests and 160 accounts.`, and how many files were there already. */
function summarise(sources: readonly ImportedRow[]): string {
  const fresh = sources.filter(source => !source.alreadyImported)
  const already = describeKnown(sources.length - fresh.length, sources.length)
  if (fresh.length === 0) return already
  return `Imported ${countRows(fresh)}.${already === '' ? '' : ` ${already}`}`
}

function describeKnown(known: number, all: number): string {
  if (known === 0) return ''
  if (all === 1) return 'The file was imported before; nothing was added.'
  const files =
    known === all
      ? `All ${formatCount(known)} files were`
      : known === 1
        ? '1 file was'
        : `${formatCount(known)} files were`
  return `${files} imported before; nothing was added of ${known === 1 ? 'it' : 'them'}.`
}

export interface ImportState {
  file: string
  /** From 1. */
  index: number
  files: number
  /** 0 to 1; 0 while that isn't known. */
  done: number
  /** The size; of a stream what was read so far, and then `done` is 0. */
  bytes: number
  /** Read so far, where it is known. */
  rows?: number
  elapsed_ms: number
}

const BAR_WIDTH = 24

/** One line for a terminal: bar, bytes, speed, time left. What doesn't fit is left out from the right. */
export function renderProgress(state: ImportState, style: Style): string {
  const seconds = Math.max(state.elapsed_ms, 1) / 1000
  const read = state.bytes * state.done
  const parts = [
    state.files > 1 ? `${state.index}/${state.files}` : '',
    truncate(style, plain(style, state.file), Math.max(12, Math.floor(style.width / 4)), 'start'),
    ...(state.done > 0
      ? [
          `${drawBar(state.done, style)} ${String(Math.floor(state.done * 100)).padStart(3)}%`,
          `${formatBytes(read)} of ${formatBytes(state.bytes)}`,
          state.rows === undefined
            ? `${formatBytes(read / seconds)}/s`
            : `${formatCount(state.rows / seconds)} rows/s`,
          seconds >= 1 ? `${timeLeft(state)} left` : '',
        ]
      : [formatBytes(state.bytes)]),
  ].filter(part => part !== '')
  let line = ''
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`
    if (widthOf(longer) >= style.width) break
    line = longer
  }
  return line
}

/** To the second: it is a guess. */
function timeLeft({ elapsed_ms, done }: ImportState): string {
  const left_ms = (elapsed_ms / done) * (1 - done)
  return formatRound(Math.ceil(left_ms / 1000) * 1000)
}

function drawBar(done: number, style: Style): string {
  const filled = Math.round(done * BAR_WIDTH)
  const [full, empty] = style.unicode ? ['█', '░'] : ['#', '.']
  return full.repeat(filled) + empty.repeat(BAR_WIDTH - filled)
}

/** One line for a terminal while logs are followed. */
export function renderFollowing(files: readonly string[], rows: number, last: Date | null): string {
  const what = files.length === 1 ? files[0]! : `${formatCount(files.length)} files`
  const since = last === null ? '' : `, the last at ${formatTime(last.toISOString())} UTC`
  return `Following ${what}: ${formatCount(rows)} rows${since}. Ctrl-C ends.`
}
