/** What the keys do: the footers and the help are made of this. `ID` stands for the story. */
import { paint, plain, type Style, widthOf } from '../reports/style.js'

export interface KeyHelp {
  keys: string
  does: string
  /** Does the same from a shell. */
  command?: string
  /** One word where there is room for no more; those without are in the help only. */
  short?: string
}

export const LIST_KEYS: readonly KeyHelp[] = [
  { keys: 'up down, j k', does: 'choose a story; also PgUp, PgDn, Home, End' },
  { keys: 'Enter', does: 'open it', command: 'whyslow story show ID', short: 'open' },
  {
    keys: '/',
    does: 'show only stories with these words',
    command: 'whyslow board --filter WORDS',
    short: 'filter',
  },
  {
    keys: 's',
    does: 'sort by status, share, customers, money, age',
    command: 'whyslow board --sort share',
    short: 'sort',
  },
  { keys: 'o', does: 'open its file in your editor', command: '$EDITOR stories/ID/story.md', short: 'edit' },
  { keys: 'Esc', does: 'show all stories again' },
  { keys: '?', does: 'these keys', command: 'whyslow board --help', short: 'keys' },
  { keys: 'q', does: 'leave; so does Ctrl-C', short: 'leave' },
]

export const FILTER_KEYS: readonly KeyHelp[] = [
  { keys: 'Enter', does: 'keep the filter', short: 'keep' },
  { keys: 'Esc', does: 'show all stories again', short: 'show all' },
]

export const STORY_KEYS: readonly KeyHelp[] = [
  { keys: 'left right, Tab, 1-9', does: 'another page' },
  {
    keys: 't',
    does: 'start a timebox, or stop the one that runs',
    command: 'whyslow timebox start ID, whyslow timebox stop ID',
    short: 'timebox',
  },
  {
    keys: '+',
    does: 'give the running timebox more time',
    command: 'whyslow timebox extend ID --by 30m --reason "…"',
  },
  { keys: 'n', does: 'note something', command: 'whyslow story set ID note="…"', short: 'note' },
  { keys: 'l', does: 'look at its requests', command: 'whyslow look ID', short: 'look' },
  {
    keys: 'e',
    does: 'explain what its slow requests share',
    command: 'whyslow explain ID',
    short: 'explain',
  },
  { keys: 'h', does: 'test a hypothesis', command: 'whyslow hypothesis test ID', short: 'test' },
  {
    keys: 'p',
    does: 'profile a running process',
    command: 'whyslow profile attach PID --story ID',
    short: 'attach',
  },
  { keys: 'o', does: 'open the file in your editor', command: '$EDITOR stories/ID/story.md', short: 'edit' },
  { keys: 'x', does: 'cancel what is running' },
  { keys: 'Esc', does: 'cancel what is running, else back to the list', short: 'back' },
  { keys: '?', does: 'these keys', command: 'whyslow help', short: 'keys' },
  { keys: 'q', does: 'leave; so does Ctrl-C' },
]

/** Of a story whose file is gone or can't be read. */
export const MISSING_KEYS: readonly KeyHelp[] = [
  { keys: 'o', does: 'open its file in your editor', command: '$EDITOR stories/ID/story.md', short: 'edit' },
  { keys: 'Esc', does: 'back to the list', short: 'back' },
  { keys: '?', does: 'these keys', command: 'whyslow help', short: 'keys' },
  { keys: 'q', does: 'leave; so does Ctrl-C', short: 'leave' },
]

export const PROMPT_KEYS: readonly KeyHelp[] = [
  { keys: 'Enter', does: 'go on', short: 'go on' },
  { keys: 'Esc', does: 'leave it', short: 'leave it' },
]

export const HELP_KEYS: readonly KeyHelp[] = [{ keys: 'Esc', does: 'back', short: 'back' }]

const GAP = '  '

/** As many as fit, the first ones first; the key of the help always. */
export function renderFooter(keys: readonly KeyHelp[], style: Style): string {
  const named = keys.filter(key => key.short !== undefined)
  const widthIn = ({ keys: names, short }: KeyHelp) => widthOf(`${GAP}${names} ${short}`)
  const help = named.find(key => key.keys === '?')
  let room = style.width + GAP.length - (help ? widthIn(help) : 0)
  let isFull = false
  const shown = named.filter(key => {
    if (key === help) return true
    isFull ||= widthIn(key) > room
    if (!isFull) room -= widthIn(key)
    return !isFull
  })
  return shown
    .map(
      key =>
        `${paint(style, 'bold', plain(style, key.keys))} ${paint(style, 'dim', plain(style, key.short!))}`,
    )
    .join(GAP)
}

/** One line a key; a second with its command where that doesn't fit behind. */
export function renderHelp(keys: readonly KeyHelp[], story: string, style: Style): string[] {
  const names = Math.max(...keys.map(key => widthOf(key.keys)))
  const does = Math.max(...keys.map(key => widthOf(key.does)))
  return keys.flatMap(key => {
    const named = key.command?.replace(/\bID\b/g, () => story) ?? ''
    const command = plain(style, named)
    const start = `${paint(style, 'bold', plain(style, key.keys.padEnd(names)))}  `
    const isWide = names + does + widthOf(command) + 4 <= style.width
    if (isWide || command === '')
      return [`${start}${plain(style, key.does.padEnd(does))}  ${paint(style, 'dim', command)}`.trimEnd()]
    return [`${start}${plain(style, key.does)}`, `${' '.repeat(names + 2)}${paint(style, 'dim', command)}`]
  })
}
