/** The board as people use it: on a terminal, with keys. */
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeFolder, ROOT, runCli } from '../commands/run-cli.js'
import { makeShopWorkbook } from '../commands/shop-workbook.js'
import { KEYS, missingPty, Pty } from './pty.js'

const BOARD = `'${process.execPath}' '${path.join(ROOT, 'bin/run.js')}' board`
const missing = missingPty()
if (missing !== null) console.warn(`The board is not driven through a pseudo-terminal: ${missing}.`)

let dir: string
const storyOf = (id: string) => path.join(dir, 'stories', id, 'story.md')

async function addStory(id: string, lines: string[], at = dir): Promise<void> {
  await mkdir(path.join(at, 'stories', id), { recursive: true })
  await writeFile(
    path.join(at, 'stories', id, 'story.md'),
    `---\nid: ${id}\n${lines.join('\n')}\n---\n\nText.\n`,
  )
}

beforeAll(async () => {
  dir = await makeShopWorkbook()
  await addStory('slow-orders', [
    'title: Orders are slow for large customers',
    'status: investigating',
    'route: GET /orders',
    'scope:',
    "  where: route = 'GET /orders'",
    'under: 500ms',
    'opened: 2026-10-01',
    'questions:',
    '  customers: {value: 12, unit: customers, source: person}',
    '  revenue: {value: 4200, unit: EUR a month, source: person}',
    'evidence:',
    '  - {id: share, kind: share, finding: Few are good, value: 0.409}',
    'links:',
    '  jira: SHOP-7',
  ])
  await addStory('hostile', ['title: "Evil \\e]0;pwned\\a \\e[2J \\u202e title"', 'status: reported'])
  await addStory('old-search', ['title: Search was slow', 'status: closed', 'opened: 2026-01-01'])
})

afterAll(() => rm(dir, { recursive: true, force: true }))

const opened: Pty[] = []

async function open(...how: Parameters<typeof Pty.open>): Promise<Pty> {
  const pty = await Pty.open(...how)
  opened.push(pty)
  return pty
}

afterEach(async () => {
  for (const pty of opened.splice(0)) await pty.close()
})

/** The terminal is as it was: no alternate screen, a cursor, no raw mode, no bracketed paste. */
function expectRestored(pty: Pty): void {
  expect(pty.isAlternate).toBe(false)
  expect(pty.bytes.lastIndexOf('\u001b[?25h')).toBeGreaterThan(pty.bytes.lastIndexOf('\u001b[?25l'))
  expect(pty.bytes.lastIndexOf('\u001b[?2004l')).toBeGreaterThan(pty.bytes.lastIndexOf('\u001b[?2004h'))
  expect(pty.modes).toMatch(/(?<!-)\bicanon\b/)
  expect(pty.modes).toMatch(/(?<!-)\becho\b/)
  expect(pty.modes).toMatch(/(?<!-)\bisig\b/)
}

describe.skipIf(missing !== null)('on a terminal', () => {
  test('everything that the keys do, from the list to Ctrl-C', async () => {
    const editor = path.join(dir, 'editor.sh')
    await writeFile(
      editor,
      `#!/bin/sh\nstty -a > '${dir}/stty'\nsed -i "s/^title: .*/title: Edited $1/" "$2"\n`,
    )
    await chmod(editor, 0o755)
    const pty = await open(BOARD, { cwd: dir, env: { EDITOR: `${editor} elsewhere` } })
    const send = (...keys: string[]) => pty.send(...keys)

    // The list: groups in the order of their states, the closed ones last.
    await pty.see(/^3 stories, by status/m)
    expect(pty.isAlternate).toBe(true)
    expect(pty.rows).toHaveLength(24)
    expect(pty.text).toMatch(/reported 1[\s\S]*investigating 1[\s\S]*closed 1/)
    expect(pty.rows.find(row => row.includes('Orders are slow'))).toMatch(/40\.9%\s+12\s+.*SHOP-7/)
    expect(pty.rows.at(-1)).toContain('? keys')
    expect(pty.text).toContain('\\x1b]0;pwned')
    expect(pty.bytes).not.toContain('\u001b]0;')
    expect(pty.bytes).not.toContain('\u202e')

    // Choose: the mark moves, over the heads of groups.
    await pty.see('▸ Evil')
    send(KEYS.down)
    await pty.see('▸ Orders')
    send('G')
    await pty.see('▸ Search')
    send('k')
    await pty.see('▸ Orders')
    send(KEYS.home)
    await pty.see('▸ Evil')

    // Help, and back.
    send('?')
    await pty.see('whyslow board --filter WORDS')
    send(KEYS.escape)
    await pty.see(/^3 stories, by status/m)

    // Filter while typing; the words may be of any column.
    send('/', 'shop')
    await pty.see('1 of 3 stories')
    expect(pty.text).toContain('Orders are slow')
    send(KEYS.backspace.repeat(4), 'zzz')
    await pty.see('No story has these words.')
    send(KEYS.escape)
    await pty.see(/^3 stories, by status/m)

    // Sort: the worst share first, what isn't known last.
    send('s')
    await pty.see('by share')
    expect(pty.rows.findIndex(row => row.includes('Orders'))).toBeLessThan(
      pty.rows.findIndex(row => row.includes('Evil')),
    )
    send('ssss')
    await pty.see('by status')

    // A story that is written appears; one that breaks is a line until it is mended.
    await addStory('new-here', ['title: Came while looking', 'status: framed'])
    await pty.see('Came while looking')
    await addStory('new-here', ['title: Came while looking', 'status: nonsense'])
    await pty.see('new-here can’t be read')
    expect(pty.text).toContain('Orders are slow')
    await addStory('new-here', ['title: Mended', 'status: framed'])
    await pty.see('Mended')
    await pty.see('can’t be read', false)
    await rm(path.dirname(storyOf('new-here')), { recursive: true })
    await pty.see('Mended', false)

    // Open a story, larger and smaller.
    send(KEYS.home, KEYS.down, KEYS.enter)
    await pty.see('slow-orders · investigating · GET /orders')
    await pty.resize(200, 60)
    await pty.see(rows => rows.length === 60 && rows[59]!.includes('? keys'))
    await pty.resize(40, 10)
    await pty.see('The board needs')
    await pty.resize(80, 24)
    await pty.see(rows => rows[1] === 'Orders are slow for large customers' && rows[23]!.includes('? keys'))
    expect(Math.max(...pty.rows.map(row => row.length))).toBeLessThanOrEqual(80)

    // A timebox: its clock is on every screen; it ends with what was learned.
    send('t')
    await pty.see('Timebox for how long?')
    send(KEYS.backspace.repeat(5), '45m', KEYS.enter)
    await pty.see(/timebox slow-orders 44:5\d left/)
    await pty.see('whyslow timebox start slow-orders --for 45m')
    send(KEYS.escape)
    await pty.see('by status')
    await pty.see(/timebox slow-orders 44:\d\d left/)
    send(KEYS.enter)
    await pty.see('slow-orders · investigating')
    send('+')
    await pty.see('How much longer?')
    send(KEYS.enter)
    await pty.see('What is more time for?')
    send('the caller', KEYS.enter)
    await pty.see(/timebox slow-orders 1:1\d:\d\d left/)
    send('t')
    await pty.see('What was learned?')
    send(KEYS.enter)
    await pty.see('Expected a line on what was learned')
    await pty.see('What was learned?')
    send('one lookup an order', KEYS.enter, 'the network', KEYS.enter, '2d', KEYS.enter)
    await pty.see('Timebox stopped.')
    await pty.see('timebox slow-orders', false)
    expect(await readFile(storyOf('slow-orders'), 'utf8')).toMatch(
      /budget: 45m[\s\S]*learned: one lookup an order[\s\S]*ruledOut: the network[\s\S]*effort: 2d/,
    )

    // A note; Esc leaves a prompt without a trace; what is pasted is text.
    send('nno')
    await pty.see('Note: no')
    send(KEYS.escape)
    await pty.see('Note:', false)
    send('n')
    await pty.see('Note:')
    send(
      '\u001b[200~pasted q t\nin two lines\u001b[201~',
      KEYS.left.repeat(5),
      KEYS.backspace,
      ' ',
      KEYS.enter,
    )
    await pty.see('Noted.')
    expect(await readFile(storyOf('slow-orders'), 'utf8')).toContain('text: pasted q t in two lines')

    // The editor has the terminal for itself, as it was; then the story is as it was left.
    send('oo')
    await pty.see('Edited elsewhere')
    expect(await readFile(path.join(dir, 'stty'), 'utf8')).toMatch(/(?<!-)\bicanon\b/)

    // Long work: progress, cancel, result; keys are answered meanwhile.
    send('l')
    await pty.see('x cancels')
    send('x')
    await pty.see('look: cancelled.')
    send('l')
    await pty.see('x cancels')
    send('?')
    await pty.see('whyslow look slow-orders')
    send(KEYS.escape)
    await pty.see('look: done.')
    await pty.see('[3 shape]')
    send('e')
    await pty.see('explain: done.')
    send('h')
    await pty.see('has no hypothesis yet')
    send('p')
    await pty.see('Which process?')
    send('no-such-process-anywhere', KEYS.enter)
    await pty.see('For how many seconds?')
    send(KEYS.enter)
    await pty.see(/Error: .*no-such-process-anywhere/)

    // A file that breaks while it is looked at, is mended, and is gone.
    const text = await readFile(storyOf('slow-orders'), 'utf8')
    await writeFile(storyOf('slow-orders'), text.replace(/^status: .*/m, 'status: nonsense'))
    await pty.see(/Error: .*story\.md/)
    await writeFile(storyOf('slow-orders'), text)
    await pty.see('slow-orders · investigating')
    await rm(storyOf('slow-orders'))
    await pty.see('The story slow-orders is gone.')
    await writeFile(storyOf('slow-orders'), text)
    await pty.see('slow-orders · investigating')

    send(KEYS.ctrlC)
    expect(await pty.end()).toBe(130)
    // Nothing is asked of the terminal: an answer that comes late over a slow line would be taken for keys.
    expect(pty.bytes).not.toMatch(/\u001b\[(?:[?>=]?\d*[cn]|\?u|\?[\d;]+\$p)|\u001b[P]|\u001b\]\d+;\?/)
    expectRestored(pty)
  })

  test('without colour and Unicode the chosen story has a mark; q leaves with 0', async () => {
    const pty = await open(BOARD, { cwd: dir, env: { NO_COLOR: '1', LC_ALL: 'C' } })
    await pty.see('> Evil')
    pty.send(KEYS.down)
    await pty.see(/> (Orders|Edited)/)
    expect(pty.bytes).not.toMatch(/\u001b\[[\d;]*m/)
    expect(pty.text).not.toMatch(/[^\n -~]/)
    pty.send('q')
    expect(await pty.end()).toBe(0)
    expectRestored(pty)
  })

  test.each([
    ['2', 'in a render'],
    ['3', 'in an effect'],
    ['4', 'later'],
    ['5', 'in a promise'],
  ])('page %s throws %s: the terminal is restored and the stack is shown', async (key, where) => {
    const app = path.join(ROOT, 'test/tui/apps/broken-tabs.mjs')
    const pty = await open(`'${process.execPath}' '${app}'`, { cwd: dir })
    await pty.see('▸ Evil')
    pty.send(KEYS.enter)
    await pty.see('[1 fine]')
    pty.send(key)
    expect(await pty.end()).toBe(70)
    expectRestored(pty)
    expect(pty.text).toContain(`This is a bug in whyslow: Error: planted ${where}`)
    expect(pty.text).toContain('broken-tabs.mjs')
  })

  test('a signal ends it and gives the terminal back', async () => {
    const file = path.join(dir, 'pid')
    const pty = await open(`sh -c 'echo $$ > "${file}"; exec ${BOARD.replaceAll("'", '"')}'`, {
      cwd: dir,
    })
    await pty.see('▸ Evil')
    process.kill(Number(await readFile(file, 'utf8')), 'SIGTERM')
    expect(await pty.end()).toBe(143)
    expectRestored(pty)
  })

  test('2,000 stories scroll at once', async () => {
    const many = await makeFolder()
    for (let number = 0; number < 2000; number += 1) {
      const id = `s${String(number).padStart(4, '0')}`
      await addStory(id, [`title: Claim ${id}`, `status: ${number < 1000 ? 'framed' : 'closed'}`], many)
    }
    const pty = await open(BOARD, { cwd: many })
    await pty.see('2,000 stories, by status')
    pty.send(KEYS.end)
    await pty.see('▸ Claim s1999')
    expect(pty.rows.at(-2)).toContain('Claim s1999')
    pty.send(KEYS.pageUp)
    await pty.see('▸ Claim s1979')
    pty.send(KEYS.home, KEYS.pageDown, KEYS.pageDown)
    await pty.see('▸ Claim s0040')
    pty.send(KEYS.up.repeat(15))
    await pty.see('▸ Claim s0025')
    pty.send('/', 's1234')
    await pty.see('1 of 2,000 stories')
    pty.send(KEYS.enter, KEYS.enter)
    await pty.see('s1234 · closed')
    pty.send('q')
    expect(await pty.end()).toBe(0)
    await rm(many, { recursive: true })
  })
})

describe('without a terminal', () => {
  test('it prints the list and ends', async () => {
    const run = await runCli(['board'], { cwd: dir })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/reported 1\n[\s\S]*investigating 1\n[\s\S]*40\.9%[\s\S]*closed 1\n/)
    expect(run.stdout).not.toContain('\u001b')
  })

  test('filter, sort and --json are those of the screen', async () => {
    const run = await runCli(['board', '--filter', 'SHOP-7 slow', '--sort', 'share', '--json'], { cwd: dir })
    const { stories } = JSON.parse(run.stdout)
    expect(stories).toMatchObject([{ id: 'slow-orders', share: 0.409, tracker: 'SHOP-7', timebox: null }])
  })
})
