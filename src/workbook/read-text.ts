import { readFile } from 'node:fs/promises'
import { systemErrorCode, WhyslowError } from '../errors.js'

/** By system error code. */
export const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
}

/**
 * The text of a file that people edit. `shown` is how errors name it.
 * Throws a `WhyslowError` when it can't be read, is binary, or isn't UTF-8 (with the line of the first bad byte).
 */
export async function readTextFile(file: string, shown = file): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    const reason = UNREADABLE[systemErrorCode(error) ?? '']
    if (reason === undefined) throw error
    throw new WhyslowError(`Could not read ${shown}: ${reason}.`, { place: { file: shown }, cause: error })
  }
  const zero = bytes.indexOf(0)
  if (zero >= 0) throw notText(shown, bytes, zero, 'is binary')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw notText(shown, bytes, firstInvalidByte(bytes), 'is not UTF-8')
  }
}

function notText(shown: string, bytes: Buffer, at: number, what: string): WhyslowError {
  let line = 1
  for (let index = bytes.indexOf(10); index >= 0 && index < at; index = bytes.indexOf(10, index + 1))
    line += 1
  const found = `byte 0x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}`
  return new WhyslowError(`${shown}:${line} ${what}: expected UTF-8 text, found ${found}.`, {
    place: { file: shown, line },
  })
}

function firstInvalidByte(bytes: Buffer): number {
  const replaced = Buffer.from(bytes.toString('utf8'), 'utf8')
  let index = 0
  while (index < bytes.length && bytes[index] === replaced[index]) index += 1
  return index
}
