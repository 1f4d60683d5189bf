/** Makes any input a plain file of known size: a compressed one or a stream is written to the work folder on its way. */
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Duplex, PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { createScanner, type KnownContent, readAt, type Scan } from './scan-file.js'

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

export interface InputOptions {
  /** What `-` stands for. */
  stdin: Readable
  workDir: string
  /** Content that an input may begin with. */
  known?: readonly KnownContent[]
  /** Bytes that were copied or decompressed so far. */
  onBytes?: (bytes: number) => void
  signal?: AbortSignal | undefined
}

/** Opens a file by its path, or standard input, plain or gzip. Says what to do about other compressions, folders and missing rights. */
export async function openInput(name: string, options: InputOptions): Promise<Input> {
  try {
    const raw = name === '-' ? await copy(name, options.stdin, 'raw', options) : await openFile(name, options)
    const magic = (await readAt(raw.file, 0, 6)).toString('hex')
    const compression = COMPRESSIONS.find(([bytes]) => magic.startsWith(bytes))
    if (!compression) return raw
    const [, kind, command] = compression
    if (kind === 'gzip') {
      const plain = await copy(
        name,
        createReadStream(raw.file, { highWaterMark: CHUNK }),
        'plain',
        options,
        createGunzip({ chunkSize: CHUNK }),
      )
      if (raw.file !== name) await rm(raw.file)
      return plain
    }
    throw new WhyslowError(`The file is compressed with ${kind}, which can't be read directly.`, {
      place: { file: name },
      next: [`${command} ${name === '-' ? '' : `'${name}' `}| whyslow import -`],
    })
  } catch (error) {
    throw explainUnreadable(name, error)
  }
}

/** Whether a file's first bytes are those of a compression; throws when it can't be read. */
export async function isCompressed(file: string): Promise<boolean> {
  // A pipe can be read once only.
  if (!(await stat(file)).isFile()) return false
  const magic = (await readAt(file, 0, 6)).toString('hex')
  return COMPRESSIONS.some(([bytes]) => magic.startsWith(bytes))
}

const COMPRESSIONS: [bytes: string, name: string, command: string][] = [
  ['1f8b', 'gzip', 'gzip -dc'],
  ['28b52ffd', 'zstd', 'zstd -dc'],
  ['fd377a585a', 'xz', 'xz -dc'],
  ['425a68', 'bzip2', 'bzip2 -dc'],
  ['504b0304', 'zip', 'unzip -p'],
]

async function openFile(name: string, options: InputOptions): Promise<Input> {
  const info = await stat(name)
  if (info.isDirectory()) {
    throw new WhyslowError('Expected a file, found a folder.', {
      place: { file: name },
      next: [`whyslow import '${path.join(name, '*.log')}'`],
    })
  }
  // A pipe can be read once only.
  return info.isFile()
    ? { name, file: name, size: info.size, scan: null }
    : copy(name, createReadStream(name), 'raw', options)
}

/** Small chunks cost five times as long. */
const CHUNK = 256 << 10

/** Copies a stream to a file of the work folder, hashing and counting on the way. */
async function copy(
  name: string,
  from: Readable,
  to: string,
  options: InputOptions,
  unpack: Duplex = new PassThrough(),
): Promise<Input> {
  const file = path.join(options.workDir, to)
  const scanner = createScanner(options.known)
  let size = 0
  async function* measure(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      scanner.update(chunk)
      size += chunk.length
      options.onBytes?.(size)
      yield chunk
    }
  }
  const { signal } = options
  await pipeline(from, unpack, measure, createWriteStream(file), signal ? { signal } : {})
  return { name, file, size, scan: scanner.finish() }
}

/** An error of the system as one that says what to do; any other as it is. */
export function explainUnreadable(file: string, error: unknown): unknown {
  const code = systemErrorCode(error)
  if (code === 'ENOENT') return new WhyslowError('There is no such file.', { place: { file }, cause: error })
  if (code === 'EACCES' || code === 'EPERM') {
    return new WhyslowError('The file may not be read by this user.', {
      place: { file },
      next: [`ls -l '${file}'`],
      cause: error,
    })
  }
  if (code?.startsWith('Z_')) {
    return new WhyslowError(`The gzip data is damaged or ends early (${(error as Error).message}).`, {
      place: { file },
      next: [
        'Fetch the file again, or import the part that is whole:',
        `gzip -dc ${file === '-' ? 'FILE' : `'${file}'`} 2>/dev/null | whyslow import -`,
      ],
      cause: error,
    })
  }
  return error
}
