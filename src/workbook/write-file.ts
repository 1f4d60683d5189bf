import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'

/**
 * Replaces a file in one step: readers see the old content or the new one, never a part, also after a crash.
 * A link is followed, so the file that it points to is replaced; permissions of an existing file are kept.
 * Throws a `WhyslowError` when the disk is full or the folder can't be written; the old file is then untouched.
 */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const target = await realpath(file).catch(() => file)
  const temporary = join(dirname(target), `.${basename(target).slice(0, 60)}.${randomUUID()}.tmp`)
  try {
    const mode = await stat(target).then(
      info => info.mode & 0o7777,
      () => undefined,
    )
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(content)
      if (mode !== undefined) await handle.chmod(mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw explainWriteError(file, error)
  }
  await syncFolder(dirname(target))
}

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than allowed here',
  EROFS: 'the disk is read-only',
  EACCES: 'no permission',
  EPERM: 'no permission',
  ENOENT: 'the folder is not there',
  ENOTDIR: 'a part of the path is a file',
  EISDIR: 'there is a folder of that name',
  EEXIST: 'there is a file of that name',
  ENAMETOOLONG: 'the name is too long',
}

/** A failed write as an error for people; what isn't a system error stays as it is. */
export function explainWriteError(file: string, error: unknown): unknown {
  const code = systemErrorCode(error)
  if (code === undefined) return error
  const reason = REASONS[code] ?? (error as Error).message
  return new WhyslowError(`Could not write ${file}: ${reason}. What was there before is unchanged.`, {
    place: { file },
    cause: error,
  })
}

/** Makes the rename itself durable. Not possible on every system (Windows), and then not needed for consistency. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined)
  if (!handle) return
  await handle.sync().catch(() => undefined)
  await handle.close()
}
