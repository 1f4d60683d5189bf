/** HTML's references to characters, as far as Markdown's text has them: by number, and the names that whyslow and people write. */
const NAMED = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: '\u00a0',
    hellip: '…',
    ndash: '–',
    mdash: '—',
    times: '×',
    middot: '·',
    rarr: '→',
    larr: '←',
    le: '≤',
    ge: '≥',
    copy: '©',
  }),
)

/** What isn't a reference to a character that can be shown stays as it is. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,10}));/gi, (match, decimal, hex, name) => {
    if (name !== undefined) return NAMED.get(name) ?? match
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return isShown(code) ? String.fromCodePoint(code) : match
  })
}

function isShown(code: number): boolean {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff)
    return false
  return code >= 0xa0 || (code >= 0x20 && code < 0x7f)
}
