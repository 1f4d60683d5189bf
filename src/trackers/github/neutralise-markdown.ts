/**
 * Markdown that shows the same on GitHub, and does nothing there: nobody is notified, nothing is linked or closed, no HTML comment begins.
 *
 * GitHub looks for `@name`, `#1`, `GH-1` and commits in the text after the Markdown was read, so that a backslash doesn't help: a character
 * of no width does. In code it doesn't look, and code is to be copied, so what is certainly code stays as it is.
 */
import { findBlocks } from './find-blocks.js'
import { matchAt, splitCode } from './split-code.js'

/** In text; GitHub's own bots write it so. */
const BREAK = '&#8203;'
/** Where it may be code after all, which would show the other. */
const BARE_BREAK = '\u200b'

const TAG = /<\/?(?:br|details|kbd|sub|summary|sup)(?: ?\/)?>/y
const AUTOLINK = /<https?:\/\/[^\s<>`]*>/iy
/** GitHub makes a link only of a host with a dot. */
const ADDRESS = /(?:https?:\/\/(?=[\w-]+\.)|\bwww\.)[^\s<>]*/gi
const PAGE = /\/(?:issues|pulls?|discussions|commits?|compare)\//gi

/** `webHost`: of the server's pages, `github.com`. What came out of here once comes back as it is. */
export function neutraliseMarkdown(markdown: string, webHost: string): string {
  const clean = markdown
    .replace(/\r\n?/g, '\n')
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\ufffd')
  const details = { open: 0 }
  const safe = findBlocks(clean.split('\n')).flatMap(({ prefixes, lines, kind }) => {
    if (kind === 'code') return lines.map((line, i) => prefixes[i] + line)
    const split = lines.map(line => (kind === 'text' ? splitCode(line) : null))
    const isSure = split.every(parts => parts !== null)
    return lines.map((line, i) => {
      const parts = (isSure ? split[i] : null) ?? [{ text: line, isCode: false }]
      const shown = parts.map(({ text, isCode }) =>
        isCode ? text : makeSafe(text, { isSure, webHost, details }),
      )
      return prefixes[i] + shown.join('')
    })
  })
  const closed = safe.join('\n') + '\n\n</details>'.repeat(details.open)
  return closed.replace(/<!--(?=\s*whyslow:)/gi, `<!--${BARE_BREAK}`)
}

interface Manner {
  /** That it is no code. */
  isSure: boolean
  webHost: string
  /** How many are open here: one that stayed open would take along what people wrote below. */
  details: { open: number }
}

function makeSafe(text: string, manner: Manner): string {
  const escaped = escapeTags(text, manner)
  let safe = ''
  let done = 0
  for (const { 0: address, index } of escaped.matchAll(ADDRESS)) {
    safe += breakWords(escaped.slice(done, index), manner)
    // Inside of HTML or behind another character an address is no link, but text.
    const isLink = manner.isSure && /(?:^|[\s*_~(<])$/.test(escaped.slice(Math.max(0, index - 1), index))
    safe += breakAddress(isLink ? address : breakWords(address, manner), manner)
    done = index + address.length
  }
  return safe + breakWords(escaped.slice(done), manner)
}

function escapeTags(text: string, { isSure, details }: Manner): string {
  return text.replace(/<(?=[a-z/!?]|$)/gi, (bracket, at: number) => {
    const tag = matchAt(TAG, text, at)
    if (tag === '<details>') details.open += 1
    if (tag === '</details>') details.open = Math.max(0, details.open - 1)
    if (tag !== null || (isSure && matchAt(AUTOLINK, text, at) !== null)) return bracket
    return isSure ? '&lt;' : bracket + BARE_BREAK
  })
}

function breakWords(text: string, { isSure }: Manner): string {
  const stop = isSure ? BREAK : BARE_BREAK
  return breakEntities(text, isSure)
    .replace(/@(?![\s&\u200b])/g, `@${stop}`)
    .replace(/(?<!(?<!\\)&)#(?=\\?\d)/g, `#${stop}`)
    .replace(/(?<![a-z0-9_])(GH\\?-)(?=\\?\d)/gi, `$1${stop}`)
    .replace(/(?<![a-z0-9_/]|[a-z0-9]-)[0-9a-f]{7,40}(?![a-z0-9_])/gi, hash =>
      hash.replace(/.{6}(?=.)/g, `$&${stop}`),
    )
    .replace(/\b((?:issues|pulls?|discussions|commits?|compare)\/)(?=[0-9a-f])/gi, `$1${stop}`)
}

/** `&#64;name` is `@name` to the Markdown; `&#8203;` and `&mdash;` do no harm. */
function breakEntities(text: string, isSure: boolean): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|commat|num);?/gi,
    (whole, hex: string | undefined, decimal: string | undefined, at: number) => {
      const code = hex === undefined ? Number(decimal ?? 0) : Number.parseInt(hex, 16)
      if (code >= 0xa0 && whole.endsWith(';')) return whole
      if (isSure && isEscaped(text, at)) return whole
      return whole.replace('&', isSure ? '&amp;' : `&${BARE_BREAK}`)
    },
  )
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text[at - 1 - slashes] === '\\') slashes += 1
  return slashes % 2 === 1
}

/** A link to an issue tells the issue of it, unless it goes by way of `redirect.github.com`, which GitHub has for that. */
function breakAddress(address: string, { isSure, webHost }: Manner): string {
  const stop = isSure ? BREAK : BARE_BREAK
  const safe = breakEntities(address, isSure)
    .replace(/@(?=[^\s&\u200b])/g, isSure ? '%40' : `@${stop}`)
    .replace(/(?<!(?<!\\)&)#(?=\\?\d)/g, `#${stop}`)
  if (!new RegExp(PAGE.source, 'i').test(safe)) return safe
  const direct = safe.replace(/^(https?:\/\/)(?:www\.)?github\.com(?=[/:?#])/i, '$1redirect.github.com')
  if (direct !== safe) return direct
  const host = /^(?:https?:\/\/)?([^/:?#]*)/i.exec(safe)![1]!.toLowerCase()
  const isOwn = [webHost, `www.${webHost}`, 'www.github.com'].includes(host)
  return isOwn ? safe.replace(PAGE, page => page + stop) : safe
}
