/** While one file is imported the next one is unpacked, if it has to be: that is one thread's work, and the engine leaves it room. */
import { rm } from 'node:fs/promises'
import { knownContents } from '../sources/grown-file.js'
import { type Input, isCompressed, openInput } from '../sources/open-input.js'
import { listSources, type Source } from '../store/catalog.js'
import type { Workbook } from '../workbook/workbook.js'
import type { ImportRequest } from './import-files.js'
import { makeWorkDir } from './work-dir.js'

export interface Opener {
  /** Opens a file, or hands over what was opened ahead; then begins with the one behind it. */
  take(index: number): Promise<Opened>
  /** Removes what a file was unpacked to. */
  release(index: number): Promise<void>
}

export interface Opened {
  input: Input
  /** The sources when it was opened: what it may begin with was looked for among these. */
  known: Source[]
}

interface Opening {
  workDir: string
  known: Source[]
  input: Promise<Input>
}

export function createOpener(workbook: Workbook, request: ImportRequest): Opener {
  const { files, stdin, signal } = request
  const openings = new Map<number, Promise<Opening>>()
  let current = 0

  async function begin(index: number): Promise<Opening> {
    const file = files[index]!
    const workDir = await makeWorkDir(workbook, request)
    const known = await listSources(workbook.paths.data)
    const onBytes = (bytes: number) => {
      if (index === current) request.onProgress?.(file, { done: 0, bytes })
    }
    const input = openInput(file, { stdin, workDir, known: knownContents(known), signal, onBytes })
    // Whoever takes it is told; until then nobody is.
    input.catch(() => undefined)
    return { workDir, known, input }
  }

  function open(index: number): Promise<Opening> {
    const opening = openings.get(index) ?? begin(index)
    opening.catch(() => undefined)
    openings.set(index, opening)
    return opening
  }

  return {
    async take(index) {
      current = index
      const { input, known } = await open(index)
      const opened = await input
      const next = files[index + 1]
      if (next !== undefined && next !== '-' && (await isPacked(next))) void open(index + 1)
      return { input: opened, known }
    },
    async release(index) {
      const opening = await openings.get(index)?.catch(() => null)
      await opening?.input.catch(() => undefined)
      if (opening) await rm(opening.workDir, { recursive: true, force: true })
      openings.delete(index)
    },
  }
}

/** What can't be read is told when its turn comes. */
async function isPacked(file: string): Promise<boolean> {
  return isCompressed(file).catch(() => false)
}
