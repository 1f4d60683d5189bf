import { constants } from 'node:fs'
import { access, copyFile, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { redactText } from '../redact.js'
import { explainWriteError } from '../workbook/write-file.js'

const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i
const LONGEST_STEM = 80

/**
 * Copies a file beside a story's `story.md` and returns its name there: safe on every system, without addresses and secrets, never that
 * of a file that is there.
 * Throws when it isn't a readable file.
 */
export async function attachFile(storyFile: string, source: string): Promise<string> {
  const info = await stat(source).catch(error => {
    throw unreadable(
      source,
      systemErrorCode(error) === 'ENOENT' ? 'there is no such file' : 'it can’t be read',
    )
  })
  if (!info.isFile()) throw unreadable(source, info.isDirectory() ? 'it is a folder' : 'it is no plain file')
  await access(source, constants.R_OK).catch(() => {
    throw unreadable(source, 'no permission')
  })
  const folder = dirname(storyFile)
  const taken = new Set((await readdir(folder)).map(name => name.toLowerCase()))
  const { stem, ending } = safeName(hideInName(basename(source)))
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem + ending : `${stem}-${number}${ending}`
    if (taken.has(name.toLowerCase())) continue
    if (await copyNew(source, join(folder, name))) return name
  }
}

async function copyNew(source: string, target: string): Promise<boolean> {
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    await rm(target, { force: true })
    throw explainWriteError(target, error)
  }
}

function unreadable(source: string, reason: string): WhyslowError {
  return new WhyslowError(`Could not attach ${source}: ${reason}.`, { place: { file: source } })
}

/** What a ticket may not say is taken out now: with its signs replaced, an address is not recognised any more. */
function hideInName(name: string): string {
  const ending = extname(name)
  const stem = name.slice(0, name.length - ending.length)
  return redactText(stem, { hideAccounts: text => text, k: 0 }).text + ending
}

/** Letters of any script, digits, dot, dash and underscore; no leading dot, no name that a system keeps for itself. */
function safeName(name: string): { stem: string; ending: string } {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/-{2,}/g, '-')
  const ending = extname(plain).slice(0, 16).toLowerCase()
  const stem = plain
    .slice(0, plain.length - extname(plain).length)
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, LONGEST_STEM)
  const named = stem === '' ? 'attachment' : stem
  return {
    stem: RESERVED.test(named.split('.')[0] ?? '') ? `_${named}` : named,
    ending: ending === '.' ? '' : ending,
  }
}
