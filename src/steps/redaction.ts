/**
 * What a workbook hides before anything leaves this machine.
 *
 * Pseudonyms come from the accounts and a salt: 256 random bits in `redact.salt` beside `whyslow.yaml`, made when first needed, to be
 * committed. So every clone gives an account the same pseudonym and a ticket doesn't change with who exports it, while somebody with
 * only the ticket can't try names. Nothing else of a workbook would do: its configuration can be guessed, its data differs per clone.
 * Whoever reads the repository can undo a pseudonym, and could read the names in its stories anyway.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { type RedactRules, redactText } from '../redact.js'
import { makeAccountHider } from '../reports/pseudonyms.js'
import type { Store } from '../store/open-store.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import type { Warning } from '../warnings.js'
import { withWorkbookLock } from '../workbook/lock.js'
import type { Workbook } from '../workbook/workbook.js'
import { writeFileAtomic } from '../workbook/write-file.js'

const SALT_NAME = 'redact.salt'
const SALT = /^[0-9a-f]{64}$/m

/**
 * The rules of a workbook, with all accounts that its requests, tickets and accounts name. `makeSalt` returns 64 random hexadecimal
 * digits. `allowed` are account names that may be shown beside those of `redact.allow`.
 */
export async function readRedactRules(
  workbook: Workbook,
  store: Store,
  makeSalt: () => string,
  allowed: readonly string[] = [],
): Promise<{ rules: RedactRules; warnings: Warning[] }> {
  const { allow, k } = workbook.config.redact
  const { salt, warnings } = await readSalt(workbook, makeSalt)
  const rows = await store.all<{ id: string; name: string | null }>(
    `SELECT id, name FROM accounts WHERE id IS NOT NULL
     UNION ALL SELECT DISTINCT account, NULL FROM requests WHERE account IS NOT NULL
     UNION ALL SELECT DISTINCT account, NULL FROM tickets WHERE account IS NOT NULL ORDER BY id, name`,
  )
  if (rows.length === 0) {
    warnings.push({
      code: 'accounts-unknown',
      message:
        'No accounts are known here, so a customer’s name in free text would not be recognised and hidden.',
      next: 'whyslow import accounts.csv',
    })
  }
  const accounts = rows.map(({ id, name }) => (name === null ? [id] : [id, name]))
  return {
    rules: { hideAccounts: makeAccountHider(accounts, { salt, allow: [...allow, ...allowed] }), k },
    warnings,
  }
}

async function readSalt(
  workbook: Workbook,
  makeSalt: () => string,
): Promise<{ salt: string; warnings: Warning[] }> {
  const file = join(workbook.dir, SALT_NAME)
  const known = await findSalt(file, workbook.show(file))
  if (known !== undefined) return { salt: known, warnings: [] }
  return withWorkbookLock(workbook, async () => {
    const others = await findSalt(file, workbook.show(file))
    if (others !== undefined) return { salt: others, warnings: [] }
    const salt = makeSalt()
    await writeFileAtomic(
      file,
      `# The pseudonyms of customers in tickets are made with this. Commit it, so that they are the same for everybody.\n${salt}\n`,
    )
    const message = `Made ${workbook.show(file)}, from which the pseudonyms of customers come. Commit it, so that they stay the same.`
    return { salt, warnings: [{ code: 'salt-made', message }] }
  })
}

async function findSalt(file: string, shown: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw new WhyslowError(`Could not read ${shown}.`, { place: { file: shown }, cause: error })
  })
  if (text === undefined) return undefined
  const salts = text.match(new RegExp(SALT, 'gm')) ?? []
  if (salts.length === 1) return salts[0]
  throw new WhyslowError(
    `Expected one line of 64 hexadecimal digits, found ${salts.length === 0 ? 'none' : salts.length}.`,
    {
      place: { file: shown },
      next: [
        'Restore it from git. If it was never committed, delete it: pseudonyms in earlier tickets then no longer match',
      ],
    },
  )
}

/** Times, ids, and values that whyslow chooses itself: a renderer compares them, or shows them through its own words. */
const STRUCTURE = new Set(
  [
    'id status kind metric direction design verdict judged source under budget evidence sources matched jira github',
    'started stopped registered at from to opened deployed added version hash day comment closed',
  ].flatMap(names => names.split(' ')),
)

/** What people wrote in such a place all the same, and a format might escape. */
const IS_STRUCTURE = /^(?:[\w.+ -]*|\d{4}-\d\d-\d\d[T\d:.Z]*)$/

/**
 * A story with what strangers and people wrote redacted, before it is escaped for a format: an escaped address is not recognised any
 * more. What a renderer makes of it must be redacted again, since ids and the like are left here.
 */
export function redactStory(
  story: StoryFrontMatter,
  rules: RedactRules,
): { story: StoryFrontMatter; found: Found[] } {
  const found: Found[] = []
  const redact = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (STRUCTURE.has(key) && IS_STRUCTURE.test(value)) return value
      const result = redactText(value, rules)
      found.push(...result.found)
      return result.text
    }
    if (Array.isArray(value)) return value.map(entry => redact(entry, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redact(inner, name)]))
  }
  const shown = hideSmallMoney(story, rules.k)
  if (shown !== story) found.push({ kind: 'amount', count: 1 })
  return { story: redact(shown, '') as StoryFrontMatter, found }
}

/** What fewer than k customers pay would tell the plans of those few, so it goes with their number. */
function hideSmallMoney(story: StoryFrontMatter, k: number): StoryFrontMatter {
  const { customers, revenue } = story.questions
  const payers = [
    customers === 'unknown' ? undefined : countIn(customers.value, /^\s*([\d,]+)/),
    ...story.evidence.map(({ id, finding }) =>
      id === 'revenue' ? countIn(finding, /\(([\d,]+) known accounts?\)/) : undefined,
    ),
  ]
  const isSmall = (count: number | undefined) => count !== undefined && count > 0 && count < k
  const few = payers.some(isSmall)
  const hidden = `hidden: fewer than ${k} customers pay it`
  const hidesAnswer = few && revenue !== 'unknown' && /\d/.test(String(revenue.value)) && revenue.value !== 0
  const evidence = story.evidence.map(entry => {
    if (few && entry.id === 'revenue' && entry.value !== 0)
      return { ...entry, finding: hidden, value: null, unit: null, interval: null }
    if (entry.id === 'churn' && isSmall(countIn(entry.value ?? entry.finding, /^([\d,]+)/)))
      return { ...entry, finding: entry.finding.replace(/,? who paid [A-Z]{3} [\d.,]*\d a month/, '') }
    return entry
  })
  if (!hidesAnswer && evidence.every((entry, i) => entry.finding === story.evidence[i]!.finding)) return story
  const questions = hidesAnswer
    ? { ...story.questions, revenue: { ...revenue, value: hidden, unit: null } }
    : story.questions
  return { ...story, questions, evidence }
}

function countIn(value: string | number | boolean, pattern: RegExp): number | undefined {
  if (typeof value === 'number') return value
  const digits = pattern.exec(String(value))?.[1]
  return digits === undefined ? undefined : Number(digits.replaceAll(',', ''))
}

export type Found = ReturnType<typeof redactText>['found'][number]

/** One entry a kind, sorted. */
export function sumFound(found: Found[]): Found[] {
  const byKind = Map.groupBy(found, entry => entry.kind)
  return [...byKind]
    .map(([kind, entries]) => ({ kind, count: entries.reduce((sum, entry) => sum + entry.count, 0) }))
    .sort((a, b) => (a.kind < b.kind ? -1 : 1))
}
