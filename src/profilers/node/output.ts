/** The files of one capture: the main thread's, opened before anything is done, and one for each worker beside it. */
import { open, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { systemErrorCode, WhyslowError } from '../../errors.js'

export interface Output {
  /** Their files, in the same order. */
  write: (threads: readonly { threadId: number; text: string }[]) => Promise<string[]>
  /** Removes what was not written to. */
  discard: () => Promise<void>
}

/** Throws a `WhyslowError` when the file is there or can't be written. */
export async function openOutput(file: string): Promise<Output> {
  const { dir, name, ext } = path.parse(file)
  const handle = await open(file, 'wx').catch(explain)
  let isWritten = false
  return {
    write: async threads => {
      const files: string[] = []
      for (const { threadId, text } of threads) {
        if (threadId === 0) {
          await handle.writeFile(text)
          isWritten = true
          files.push(file)
          continue
        }
        const beside = path.join(dir, `${name}-worker${threadId}${ext}`)
        await writeFile(beside, text, { flag: 'wx' }).catch(explain)
        files.push(beside)
      }
      return files
    },
    discard: async () => {
      await handle.close()
      if (!isWritten) await rm(file, { force: true })
    },
  }
}

function explain(error: unknown): never {
  const code = systemErrorCode(error)
  throw new WhyslowError(
    code === 'EEXIST'
      ? 'The profile would overwrite a file that is there already.'
      : `The profile can't be written (${code}).`,
    {
      cause: error,
      place: { file: (error as NodeJS.ErrnoException).path ?? '' },
      next: ['Name another file.'],
    },
  )
}
