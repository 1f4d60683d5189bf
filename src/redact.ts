/**
 * What may not leave this machine, replaced in text: pure, and the only way out for a ticket.
 *
 * `[ip]` addresses · `[e-mail]` · `[secret]` tokens, keys, passwords, sessions (the parameter's name stays) · `[id]` UUIDs, 16 or more
 * hexadecimal digits, other random-looking runs; what is called a commit, a revision, a build or a version stays, since a fix is found
 * by it · `~` home folders · `customer-1f0c4e9a` accounts · “fewer than k” for small counts of customers.
 * What so few pay is hidden where a whole story is redacted.
 *
 * Where it is in doubt it hides: four numbers with dots are an address, even where they were a browser's version. It knows the accounts
 * that it is given and those that a `where` compares `account` with. It misses a customer whom it wasn't told of, and a person's name
 * in free text. An account with a name of the language (“orders”) is hidden wherever the word stands; `allow` is the way out.
 */
import { isIPv6 } from 'node:net'

export interface RedactRules {
  /** Puts pseudonyms for accounts, and calls `onHidden` for each; see `reports/pseudonyms.ts`. */
  hideAccounts: (text: string, onHidden: () => void) => string
  /** Counts of customers from 1 to k − 1 are not shown. */
  k: number
}

export interface Redacted {
  text: string
  /** What was replaced, by kind. */
  found: { kind: RedactedKind; count: number }[]
}

export type RedactedKind = 'account' | 'amount' | 'count' | 'e-mail' | 'home folder' | 'id' | 'ip' | 'secret'

/** Replaces what may not leave. Text that went through it once comes out the same. */
export function redactText(text: string, rules: RedactRules): Redacted {
  const counts = new Map<RedactedKind, number>()
  const count = (kind: RedactedKind) => counts.set(kind, (counts.get(kind) ?? 0) + 1)
  let out = rules.hideAccounts(text, () => count('account'))
  for (const { kind, pattern, to } of HIDDEN) {
    out = out.replace(pattern, (match: string, ...rest: unknown[]) => {
      const [groups, offset] = readArguments(rest)
      const shown = to(match, groups, out.slice(Math.max(0, offset - 80), offset))
      if (shown !== match) count(kind)
      return shown
    })
  }
  out = hideSmallCounts(out, rules.k, count)
  const found = [...counts].map(([kind, times]) => ({ kind, count: times }))
  return { text: out, found: found.sort((a, b) => (a.kind < b.kind ? -1 : 1)) }
}

interface Hidden {
  kind: RedactedKind
  pattern: RegExp
  /** `before`: up to 80 characters in front of the match. Returns the match to leave it. */
  to: (match: string, groups: string[], before: string) => string
}

/** The groups of a match and where it is, from the arguments of a replacer. None of the patterns names a group. */
function readArguments(rest: unknown[]): [string[], number] {
  const at = rest.findIndex(value => typeof value === 'number')
  return [rest.slice(0, at).map(value => (value as string | undefined) ?? ''), rest[at] as number]
}

const SECRET_WORD =
  'token|secret|passw(?:or)?d|passphrase|pwd|session|signature|credential|api[_-]?key|apikey|access[_-]?key|private[_-]?key|auth|jwt|csrf|xsrf|otp'
/** In a query, where names are short and values are what strangers typed. */
const QUERY_NAME = `(?:[\\w.\\[\\]-]*(?:${SECRET_WORD})[\\w.\\[\\]-]*|(?:(?!status_|error_|country_|currency_|language_)[\\w.-]*[_.-])?(?:key|code|sig|sid|pass|pin|nonce|state))`
/** In prose, headers, JSON and YAML: only names that are about a secret. */
const FIELD_NAME = `[\\w.-]*(?:${SECRET_WORD})(?:[_-]?(?:id|key|value|hash))?`
const OCTET = '(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)'
const KNOWN_KEYS =
  /\b(?:A[KS]IA[0-9A-Z]{16}|gh[opsur]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|[srp]k_(?:live|test)_\w{8,}|sk-[\w-]{16,}|AIza[\w-]{30,}|ya29\.[\w-]{10,}|npm_\w{20,}|SG\.[\w-]{10,}\.[\w-]{10,}|whsec_\w{16,})/g

/** In this order: what is replaced by one is not looked at by the next. */
const HIDDEN: Hidden[] = [
  {
    kind: 'secret',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    to: () => '[secret]',
  },
  { kind: 'secret', pattern: /\beyJ[\w-]{6,}(?:\.[\w-]*){1,4}/g, to: () => '[secret]' },
  { kind: 'secret', pattern: KNOWN_KEYS, to: () => '[secret]' },
  {
    kind: 'secret',
    pattern: /\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)([^"'\n]+)/gi,
    to: (match, [name, between, value]) => (value === '[secret]' ? match : `${name}${between}[secret]`),
  },
  {
    kind: 'secret',
    pattern: /\b(bearer|basic|negotiate|apikey)(\s+)([\w.~+/=-]{6,})/gi,
    to: (match, [scheme, space, value]) =>
      /^bearer$/i.test(scheme!) || /[\d=+/]|[a-z][A-Z]/.test(value!) ? `${scheme}${space}[secret]` : match,
  },
  { kind: 'secret', pattern: /(:\/\/)(?!\[secret\])[^\s/@"'<>]+@/g, to: (_, [start]) => `${start}[secret]@` },
  {
    kind: 'secret',
    pattern: new RegExp(
      `([?&;]|%(?:25)*(?:3F|26))(${QUERY_NAME})(=|%(?:25)*3D)((?:(?!%(?:25)*26|[&#;?\\s"'<>\`]).)+)`,
      'gi',
    ),
    to: (match, [start, name, equals, value]) =>
      isNoValue(value!) ? match : `${start}${name}${equals}[secret]`,
  },
  {
    kind: 'secret',
    pattern: new RegExp(
      `(?<![\\w.-])(${FIELD_NAME})(\\\\?["']?\\s*(?:=>|[:=])\\s*)(?:(\\\\?["'])([^"'\\n]+)|([^\\s"'<>&]+))`,
      'gi',
    ),
    to: (match, [name, between, quote, quoted, bare]) => {
      const value = quoted || bare!.replace(/[,;.)\]}]+$/, '')
      const isWord =
        !quote && !between!.includes('=') && !/passw|pwd/i.test(name!) && /^(?!.*\d)[\s\S]{1,15}$/.test(value)
      if (value === '' || isNoValue(quoted || bare!) || isWord) return match
      return `${name}${between}${quote}[secret]${quoted ? '' : bare!.slice(value.length)}`
    },
  },
  {
    kind: 'e-mail',
    pattern:
      /(?<![\p{L}\p{N}._%+'\\-])[\p{L}\p{N}._%+'\\-]+(?:@|%40|&#64;)[\p{L}\p{N}-]+(?:\\?\.[\p{L}\p{N}-]+)*\\?\.\p{L}{2,}/gu,
    to: () => '[e-mail]',
  },
  {
    kind: 'ip',
    pattern: /(?<![\p{L}\p{N}_:.])(?=[0-9a-f.]*:[0-9a-f.]*:)[0-9a-f:.]+(?:%[\w.-]+)?(?![\p{L}\p{N}_]|:\w)/giu,
    to: match => {
      let address = match
      while (/[.:]$/.test(address) && !isIPv6(address)) address = address.slice(0, -1)
      return /[0-9a-f]/i.test(address) && isIPv6(address) ? `[ip]${match.slice(address.length)}` : match
    },
  },
  {
    kind: 'ip',
    pattern: new RegExp(`(?<!\\d)(?:${OCTET}\\\\?\\.){3}${OCTET}(?!\\d)|\\bip(?:-${OCTET}){4}(?!\\d)`, 'g'),
    to: () => '[ip]',
  },
  { kind: 'id', pattern: /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, to: () => '[id]' },
  {
    kind: 'id',
    pattern: /[0-9a-f]{16,}/gi,
    to: (match, _, before) => (isFraction(match, before) || isVersion(before) ? match : '[id]'),
  },
  {
    kind: 'id',
    pattern: /(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])(?=(?:[A-Za-z]*\d){4})[A-Za-z0-9]{20,}/g,
    to: (match, _, before) => (isVersion(before) ? match : '[id]'),
  },
  {
    kind: 'home folder',
    pattern: /(?:\/(?:var|export|mnt|usr))?\/(?:home|Users)\/[^\s/\\"'`<>()|:;,*{}%[\]]+/g,
    to: (match, _, before) => (isUrlPath(before) ? match : '~'),
  },
  {
    kind: 'home folder',
    pattern:
      /\b[A-Za-z]:(?:\\+|\/)Users(?:\\+|\/)(?:[^\s\\/"'`<>|:*?]+(?: [^\s\\/"'`<>|:*?]+){0,3}(?=[\\/])|[^\s\\/"'`<>|:*?]+)/gi,
    to: () => '~',
  },
]

/** Hidden before, a placeholder of a template, or a wildcard. */
function isNoValue(value: string): boolean {
  return /^(?:\\?\[secret|:[a-z]\w*$|[{<*…]|%?$|\$\{)/i.test(value)
}

/** The digits behind a decimal point. */
function isFraction(digits: string, before: string): boolean {
  return /\d\.$/.test(before) && /^\d+$/.test(digits)
}

function isVersion(before: string): boolean {
  return /\b(?:commit|revision|rev|build|version|sha|release)s?[\s/:=@#`'"(]{1,4}v?$/i.test(before)
}

/** `/home/offers` of a web page is no folder: behind a method, a host, or a comparison with `path`. */
function isUrlPath(before: string): boolean {
  return /(?:\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) |\.[a-z]{2,}(?::\d+)?|https?:\/\/[^\s/]+|\bpath\s*(?:=|<>|!=|(?:NOT\s+)?I?LIKE)\s*['"\\]+)$/i.test(
    before,
  )
}

const CUSTOMERS =
  /(?<![\p{L}\p{N}.,:/−-])(\d{1,4})( of [\d,]+)?((?: of (?:the|our|your|these))?(?: (?!of\b|in\b|by\b|per\b|for\b|from\b|and\b|or\b|requests?\b|tickets?\b|minutes?\b)[a-z-]+){0,2}) (customer|account|client|tenant|user|company|companies)(s?)\b(?![ -](?:errors?|side|timeouts?|ids?)\b)/giu

/** What an account looks like outside. */
export const PSEUDONYM = 'customer-[0-9a-f]{8}'

function hideSmallCounts(text: string, k: number, count: (kind: RedactedKind) => void): string {
  const hidden = text.replace(
    CUSTOMERS,
    (match, digits: string, all = '', between: string, noun: string, s: string) => {
      const number = Number(digits)
      const isOne = s === '' && noun !== 'companies'
      if (number === 0 || number >= k || (isOne && number !== 1)) return match
      count('count')
      const of = Number(all.replace(/\D/g, '')) < k ? '' : all
      return `fewer than ${k}${of}${between} ${isOne ? (noun === 'company' ? 'companies' : `${noun}s`) : noun + s}`
    },
  )
  // Naming them one by one would tell the number.
  return hidden.replace(
    new RegExp(`(fewer than \\d+[^().\\n]{0,80}) \\(${PSEUDONYM}(?:, (?:${PSEUDONYM}|…))*(?: …)?\\)`, 'g'),
    '$1',
  )
}
