/** Accounts in text, and the pseudonyms that stand for them outside: the part of `redact.ts` that knows who the customers are. */
import { createHmac } from 'node:crypto'
import { PSEUDONYM, type RedactRules } from '../redact.js'

const IS_PSEUDONYM = new RegExp(`^${PSEUDONYM}`)

/** Accounts by their words, prepared once for many texts. */
interface AccountIndex {
  /** By the first word of a name, or by the first two. */
  names: Map<string, AccountName[]>
  pseudonymOf: (name: string) => string | undefined
}

interface AccountName {
  words: string[]
  text: string
  /** Undefined: it may be shown. */
  pseudonym: string | undefined
  /** Only digits, or too short to be recognised by itself. */
  weak: boolean
}

/** Replaces accounts that may not be shown; prepared once for many texts. See `indexAccounts` for what is recognised. */
export function makeAccountHider(
  accounts: Iterable<readonly string[]>,
  options: { salt: string; allow: readonly string[] },
): RedactRules['hideAccounts'] {
  const index = indexAccounts(accounts, options)
  return (text, onHidden) => hideAccounts(text, index, onHidden)
}

/**
 * The names by which accounts are recognised, in any case and with any separators: `Acme Corp` is found in `acme-corp`. The first name
 * of an account is its identity, from which its pseudonym comes: eight digits of an HMAC, so that nobody without the salt can try names
 * (among ten thousand accounts two share one with a chance of 1%). An account is allowed when one of its names is.
 */
function indexAccounts(
  accounts: Iterable<readonly string[]>,
  { salt, allow }: { salt: string; allow: readonly string[] },
): AccountIndex {
  const allowed = new Set(allow.map(keyOf))
  const known = new Map<string, string | undefined>()
  const names: AccountIndex['names'] = new Map()
  for (const own of accounts) {
    const shown = own.some(name => allowed.has(keyOf(name))) ? undefined : makePseudonym(own[0] ?? '', salt)
    for (const text of own.flatMap(spellings)) {
      const words = findWords(text).map(word => word.text)
      const weak = !/\p{L}/u.test(text) || words.join('').length < 3
      const key = weak ? text : words.join(' ')
      if (words.length === 0 || known.has(key)) continue
      known.set(key, shown)
      const start = words.slice(0, 2).join(' ')
      const bucket = names.get(start)
      const entry = { words, text, pseudonym: shown, weak }
      if (bucket) bucket.push(entry)
      else names.set(start, [entry])
    }
  }
  for (const bucket of names.values()) bucket.sort((a, b) => b.words.length - a.words.length)
  const pseudonymOf = (name: string) => {
    const key = [keyOf(name), name].find(one => known.has(one))
    if (key !== undefined) return known.get(key)
    return allowed.has(keyOf(name)) ? undefined : makePseudonym(name, salt)
  }
  return { names, pseudonymOf }
}

/** As it is, and as it stands in a URL. */
function spellings(name: string): string[] {
  return /[^\0-\x7f]/.test(name) && name.isWellFormed() ? [name, encodeURIComponent(name)] : [name]
}

function makePseudonym(name: string, salt: string): string {
  return `customer-${createHmac('sha256', salt).update(keyOf(name)).digest('hex').slice(0, 8)}`
}

function keyOf(name: string): string {
  const words = findWords(name).map(word => word.text)
  return words.join(' ') || name
}

interface Word {
  text: string
  start: number
  end: number
}

/** Runs of letters and digits; what is encoded (`%20`, `&amp;`) lies between them. */
function findWords(text: string): Word[] {
  const words: Word[] = []
  for (const match of text.matchAll(/%[0-9a-f]{2}|&#?\w{1,8};|[\p{L}\p{N}\p{M}]+/giu)) {
    if (/^[%&]/.test(match[0])) continue
    const word = match[0].normalize('NFKC').toLowerCase()
    words.push({ text: word, start: match.index, end: match.index + match[0].length })
  }
  return words
}

/** Between two words of one name: `%20`, `&amp;`, a line end with a `>` of a quotation. */
const WIDEST_GAP = 8

/** Replaces accounts that may not be shown. `onHidden` is called once for each. */
function hideAccounts(text: string, index: AccountIndex, onHidden: () => void): string {
  const source = hideComparedAccounts(text, index, onHidden)
  const words = findWords(source)
  let out = ''
  let done = 0
  for (let i = 0; i < words.length; i += 1) {
    const name = findName(source, words, i, index)
    if (name === undefined) continue
    const { start } = words[i]!
    const { end } = words[i + name.words.length - 1]!
    const isHidden = name.pseudonym === undefined || IS_PSEUDONYM.test(source.slice(start))
    i += name.words.length - 1
    if (isHidden) continue
    out += source.slice(done, start) + name.pseudonym
    done = end
    onHidden()
  }
  return out + source.slice(done)
}

function findName(text: string, words: Word[], at: number, { names }: AccountIndex): AccountName | undefined {
  const first = words[at]!.text
  const two = names.get(`${first} ${words[at + 1]?.text}`) ?? []
  return [...two, ...(names.get(first) ?? [])].find(name => standsAt(text, words, at, name))
}

function standsAt(text: string, words: Word[], at: number, name: AccountName): boolean {
  const fits = name.words.every((word, i) => {
    const found = words[at + i]
    return found?.text === word && (i === 0 || found.start - words[at + i - 1]!.end <= WIDEST_GAP)
  })
  if (!fits || !name.weak) return fits
  const { start } = words[at]!
  const { end } = words[at + name.words.length - 1]!
  return name.words.length > 1 ? text.slice(start, end) === name.text : meansAccount(text, start, end)
}

const NOUN = '(?:account|customer|tenant|client|user|org|company|workspace)'
const LIST = '(?:[^\\s(),]+(?:, ?| and | or ))*'
/** “customer 42”, `account_id=42`, `?account=42`, `"tenant": "42"`. */
const ONE_ACCOUNT = new RegExp(
  `${NOUN}(?:[_-]?id|[_-]?name)?\\\\?["']?(?: ids?| no\\.?| number| named)?\\s*(?:[=:#]|%3D)?\\s*["'\\\\]*$`,
  'i',
)
/** “customers 42, 77 and 93”, “of the customers hit left afterwards (42, 77)”. */
const SOME_ACCOUNTS = new RegExp(`(?:${NOUN}s?:? ${LIST}|${NOUN}s\\b[^().]*\\(${LIST})$`, 'i')
const IN_URL = /(?:[^\d\s]\/|[?&][\w.-]+=)$/
const FIGURE_BEFORE =
  /(?:[\d.,−-]|[:+~≈<>=#$€£]\s?|\b(?:pid|process|port|line|limit|top|ticket|issue|status|code|HTTP|[A-Z]{3})[\s:#]*|\btickets\b[^().]*)$/i
const FIGURE_AFTER =
  /^(?:[.,:−-]?\d|%|\s?(?:of|ms|s|min|h|d|pp|[kMGT]?B|bytes|requests?|tickets?|customers?|clients?|accounts?|users?|minutes?|hours?|days?|samples?|times|rows|lines|per|x|×)\b)/

/** Whether a number, or a name of one or two letters, stands where an account would. A measured figure must stay. */
function meansAccount(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 120), start)
  const after = text.slice(end, end + 16)
  if (ONE_ACCOUNT.test(before)) return !FIGURE_AFTER.test(after) || !/[:=]\s*$/.test(before)
  if (FIGURE_AFTER.test(after)) return false
  if (SOME_ACCOUNTS.test(before) || (IN_URL.test(before) && /^(?:[/?&#\s"'`)]|$)/.test(after))) return true
  const word = text.slice(start, end)
  return /^\d{4,}$/.test(word) && !/^(?:19|20)\d\d$/.test(word) && !FIGURE_BEFORE.test(before)
}

/** Stands for a quote inside of a quoted shell word: `'\''`. */
const SHELL_QUOTE = '\ue000'
const QUOTED = (group: number) =>
  `(\\\\?["'${SHELL_QUOTE}])((?:(?!\\${group})[^\\n]|\\${group}\\${group})*)\\${group}`
const LITERAL = `(?:${QUOTED(1)}|\\d+\\b)`
const OPERATOR =
  '(?:[=!<>]=?|<>|!?~+\\*?|(?:NOT\\s+)?(?:I?LIKE|GLOB|BETWEEN|SIMILAR\\s+TO|IN\\s*[([])|IS\\s+(?:NOT\\s+)?DISTINCT\\s+FROM|,)'
const COMPARED = new RegExp(
  `(\\b(?:account|remote_user)\\\\?"?(?:::\\w+)?\\)?\\s*${OPERATOR}\\s*)((?:(?:\\s*(?:,|AND)\\s*)?(?:${QUOTED(3)}|\\d+\\b))+)`,
  'gi',
)

/** Whatever a `where` compares the account with is one, known or not. Shell quoting stays as it is. */
function hideComparedAccounts(text: string, index: AccountIndex, onHidden: () => void): string {
  const quoted = text.replaceAll(`'\\''`, SHELL_QUOTE)
  const hidden = quoted.replace(COMPARED, (_, start: string, literals: string) => {
    const shown = literals.replace(new RegExp(LITERAL, 'g'), (literal, quote = '', inner = literal) => {
      const [, first = '', own = '', last = ''] = /^(%?)([\s\S]*?)(%?)$/.exec(inner) ?? []
      const pseudonym =
        /[\p{L}\p{N}]/u.test(own) && !IS_PSEUDONYM.test(own) ? index.pseudonymOf(own) : undefined
      if (pseudonym === undefined) return literal
      onHidden()
      return `${quote}${first}${pseudonym}${last}${quote}`
    })
    return start + shown
  })
  return hidden.replaceAll(SHELL_QUOTE, `'\\''`)
}
