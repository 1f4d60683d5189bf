/** A profile's file without the home folder's name: what lies beside a story is committed. */
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { createGunzip, createGzip, gzipSync } from 'node:zlib'
import { PPROF } from './formats/pprof.js'
import { replaceStrings } from './formats/pprof-wire.js'
import { openProfile } from './open-profile.js'

/** Puts `~` for it, as it is and as JSON and URLs write it. Text of any size and in gzip is streamed; of pprof the texts change. */
export async function hideHome(file: string, home: string): Promise<void> {
  if (home === '' || home === '/') return
  const input = await openProfile(file)
  if (PPROF.detect(input)) {
    const [bytes, { pattern }] = [await input.bytes(), makePattern(home)]
    const hidden = replaceStrings(bytes, text => fromBytes(toBytes(text).replace(pattern, '~')))
    if (!hidden.every((byte, index) => byte === bytes[index]) || hidden.length !== bytes.length)
      await writeFile(file, input.isGzip ? gzipSync(hidden) : hidden)
    return
  }
  const partial = `${file}.partial`
  let count = 0
  const replace = replaceStream(home, () => {
    count += 1
  })
  try {
    const [from, to] = [createReadStream(file), createWriteStream(partial)]
    if (input.isGzip) await pipeline(from, createGunzip(), replace, createGzip(), to)
    else await pipeline(from, replace, to)
    if (count > 0) await rename(partial, file)
  } finally {
    await rm(partial, { force: true })
  }
}

/** In bytes as Latin-1, so that no character is cut in two. `/home/jo` isn't part of `/home/joan`. */
function makePattern(home: string): { pattern: RegExp; longest: number } {
  const forms = [home, JSON.stringify(home).slice(1, -1), pathToFileURL(home).pathname].map(toBytes)
  const parts = [...new Set(forms)].sort((a, b) => b.length - a.length)
  const alternatives = parts.map(part => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|')
  return {
    pattern: new RegExp(`(?:${alternatives})(?![\\w.\\x80-\\xff-])`, 'g'),
    longest: parts[0]!.length + 1,
  }
}

function replaceStream(home: string, onFound: () => void): (source: Readable) => AsyncGenerator<Buffer> {
  const { pattern, longest } = makePattern(home)
  return async function* replace(source) {
    let kept = ''
    const take = (text: string, limit: number): string => {
      let done = ''
      let at = 0
      for (const match of text.matchAll(pattern)) {
        if (match.index >= limit) break
        onFound()
        done += `${text.slice(at, match.index)}~`
        at = match.index + match[0].length
      }
      const end = Math.max(at, limit)
      kept = text.slice(end)
      return done + text.slice(at, end)
    }
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const text = kept + chunk.toString('latin1')
      yield Buffer.from(take(text, Math.max(0, text.length - longest)), 'latin1')
    }
    yield Buffer.from(take(kept, kept.length), 'latin1')
  }
}

function toBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString()
}
