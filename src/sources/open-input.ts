/** Makes any input a plain file of known size: a compressed one or a stream is written to the work folder on its way. */
import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { createScanner, type Scan } from './scan-file.js'

export interface Input {
  /** The name as it was given. */
  name: string
  /** A plain file. */
  file: string
  /** Bytes that belong to it; a file that grows while it is read is cut here. */
  size: number
  /** Known already when the input had to be copied. */
  scan: Scan | null
}

export interface InputProgress {
  onBytes?: (bytes: number, total: number | null) => void
  signal?: AbortSignal
}

/** Opens a file by its path, plain or gzip. Says what to do about other compressions, folders and missing rights. */
export async function openInput(file: string, workDir: string, progress: InputProgress): Promise<Input> {
  const info = await stat(file).catch(error => {
    throw explainUnreadable(file, error)
  })
  if (info.isDirectory()) {
    throw new WhyslowError('Expected a file, found a folder.', { place: { file }, next: [`whyslow import '${file}/*.log'`] })
  }
  const magic = await readMagic(file)
  if (magic.startsWith('1f8b')) {
    return copyInput(file, createReadStream(file).pipe(createGunzip()), workDir, { ...progress })
  }
  const compression = COMPRESSIONS.find(([bytes]) => magic.startsWith(bytes))
  if (compression) {
    throw new WhyslowError(`The file is compressed with ${compression[1]}, which can't be read directly.`, {
      place: { file },
      next: [`${compression[2]} '${file}' | whyslow import -`],
    })
  }
  if (!info.isFile()) return copyInput(file, createReadStream(file), workDir, progress)
  return { name: file, file, size: info.size, scan: null }
}

const COMPRESSIONS: [bytes: string, name: string, command: string][] = [
  ['28b52ffd', 'zstd', 'zstd -dc'],
  ['fd377a585a', 'xz', 'xz -dc'],
  ['425a68', 'bzip2', 'bzip2 -dc'],
  ['504b0304', 'zip', 'unzip -p'],
]

/** Copies a stream to a file of the work folder, hashing and counting on the way. */
export async function copyInput(
  name: string,
  stream: Readable,
  workDir: string,
  progress: InputProgress,
): Promise<Input> {
  const file = path.join(workDir, 'input')
  const scanner = createScanner()
  let size = 0
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      scanner.update(chunk)
      size += chunk.length
      progress.onBytes?.(size, null)
      done(null, chunk)
    },
  })
  try {
    await pipeline(stream, meter, createWriteStream(file), progress.signal ? { signal: progress.signal } : {})
  } catch (error) {
    const code = systemErrorCode(error)
    if (code?.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE') {
      throw new WhyslowError(`The gzip data is damaged or ends early (${(error as Error).message}).`, {
        place: { file: name },
        next: ['Fetch the file again, or import the part that is whole:', `gzip -dc '${name}' 2>/dev/null | whyslow import -`],
        cause: error,
      })
    }
    throw explainUnreadable(name, error)
  }
  return { name, file, size, scan: scanner.finish() }
}

function explainUnreadable(file: string, error: unknown): Error {
  const code = systemErrorCode(error)
  if (code === 'ENOENT') return new WhyslowError('There is no such file.', { place: { file }, cause: error })
  if (code === 'EACCES' || code === 'EPERM') {
    return new WhyslowError('The file may not be read by this user.', {
      place: { file },
      next: [`ls -l '${file}'`],
      cause: error,
    })
  }
  return error as Error
}

async function readMagic(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(6), 0, 6, 0)
      return buffer.subarray(0, bytesRead).toString('hex')
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw explainUnreadable(file, error)
  }
}
