import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type GitHubServer, startGitHub } from './github-server.js'
import { openTestGitHub, upsert } from './open-test-github.js'

let server: GitHubServer
beforeEach(async () => {
  server = await startGitHub()
  await upsert(openTestGitHub(server), { markdown: 'First.\n\nSecond.' })
  server.requests.length = 0
})
afterEach(async () => {
  await server.close()
  expect(server.violations).toEqual([])
})

const KEY = { key: 'acme/web#1' }
const bodyOf = () => server.issues[0]!.body!
const edit = (change: (body: string) => string) => {
  server.issues[0]!.body = change(bodyOf())
  return bodyOf()
}
const export_ = (markdown: string, repair = false) =>
  upsert(openTestGitHub(server), { markdown }, { ...KEY, repair })
/** The web editor saves so. */
const toCrlf = (body: string) => body.replaceAll('\n', '\r\n')

const ABOVE = 'Mine\r\n\r\n  - [ ] a  \n<!-- my comment -->\t😀 مرحبا\n\n\n'
const BELOW =
  '\n\n\n```\nopen\r\n<!-- whyslow:begin story=other hash=00 -->\n<!-- whyslow:end story=other -->  '

describe('above and below', () => {
  test('stays, byte for byte', async () => {
    edit(body => ABOVE + body + BELOW)
    expect(await export_('First.\n\nSecond.')).toMatchObject({ did: 'unchanged', warnings: [] })
    expect(server.writes()).toEqual([])
    expect(await export_('Third.')).toMatchObject({ did: 'updated', warnings: [] })
    expect(bodyOf().startsWith(`${ABOVE}<!-- whyslow:begin`)).toBe(true)
    expect(bodyOf().endsWith(`Third.\n\n<!-- whyslow:end story=checkout-slow -->${BELOW}`)).toBe(true)
  })

  test('saved by the web editor: no change, and no warning', async () => {
    const crlf = edit(body => toCrlf(`Mine\n\n${body}\n`))
    expect(await export_('First.\n\nSecond.')).toMatchObject({ did: 'unchanged', warnings: [] })
    expect(bodyOf()).toBe(crlf)
    expect(await export_('Third.')).toMatchObject({ did: 'updated', warnings: [] })
    expect(bodyOf()).toMatch(/^Mine\r\n\r\n<!-- whyslow:begin .*story=checkout-slow -->\r\n$/s)
  })
})

describe('inside', () => {
  test('left as it is and said; --repair writes it anew', async () => {
    const edited = edit(body => `Mine\n\n${body.replace('Second.', 'Second, and mine.')}`)
    const done = await export_('Third.')
    expect(bodyOf()).toBe(edited)
    expect(done).toMatchObject({
      did: 'unchanged',
      warnings: [
        {
          code: 'ticket-edited',
          message: expect.stringMatching(/^acme\/web#1: a person changed the part that whyslow writes/),
          next: expect.stringContaining('whyslow export github checkout-slow --repair'),
        },
      ],
    })
    expect(await export_('Third.', true)).toMatchObject({ did: 'updated', warnings: [] })
    expect(bodyOf()).toMatch(/^Mine\n\n<!-- whyslow:begin [^>]*>\n\nThird\.\n\n<!-- whyslow:end/)
    expect(await export_('Third.')).toMatchObject({ did: 'unchanged', warnings: [] })
  })
})

const BEGIN = /<!-- whyslow:begin[^>]*>/
const END = /<!-- whyslow:end[^>]*>/

describe('a mark is gone or damaged: said, and nothing is written; --repair mends it', () => {
  test.for<[string, (body: string) => string, string, string]>([
    ['the whole section is gone', () => 'Mine', 'was removed', 'Mine\n\n{}'],
    ['the body is empty', () => '', 'was removed', '{}'],
    [
      'the first is gone',
      body => body.replace(BEGIN, 'A'),
      'the first is missing',
      'A\n\nFirst.\n\nSecond.\n\n{}',
    ],
    ['the last is gone', body => `A\n${body.replace(END, '')}B`, 'the last is missing', 'A\n{}\n\nB'],
    [
      'the last is gone, and the text was changed',
      body => body.replace(END, '').replace('Second', '2nd'),
      'the last is missing',
      '{}\n\nFirst.\n\n2nd.\n\n',
    ],
    [
      'copied, and the copy changed',
      body => `${body}\nB\n${body.replace('Second', '2nd')}`,
      'there are 2 first and 2 last ones',
      '{}\nB\n\n\nFirst.\n\n2nd.\n\n',
    ],
    [
      'the wrong way round',
      body => `${END.exec(body)![0]}\nA\n${BEGIN.exec(body)![0]}`,
      'the last is before the first',
      '{}\nA\n',
    ],
    ['no hash', body => body.replace(/ hash=\w+/, ''), 'lost its hash', '{}\n\nFirst.\n\nSecond.\n\n'],
    [
      'not closed',
      body => body.replace(/(hash=\w+) -->/, '$1\n'),
      'a mark is not as it was written',
      '{}\n\n\nFirst.\n\nSecond.\n\n',
    ],
    [
      'another word in it',
      body => body.replace('whyslow:end story=', 'whyslow:end tory='),
      'a mark is not as it was written',
      '{}',
    ],
  ])('%s', async ([, change, how, mended]) => {
    const damaged = edit(change)
    const done = await export_('Third.')
    expect(bodyOf()).toBe(damaged)
    expect(done.did).toBe('unchanged')
    expect(done.warnings).toMatchObject([
      {
        code: 'ticket-marker',
        message: expect.stringContaining(how),
        next: expect.stringContaining('--repair'),
      },
    ])
    expect(await export_('Third.', true)).toMatchObject({ did: 'updated', warnings: [] })
    const section =
      /<!-- whyslow:begin story=checkout-slow hash=\w+ -->\n\nThird\.\n\n<!-- whyslow:end story=checkout-slow -->/
    expect(bodyOf().replace(section, '{}')).toBe(mended)
    expect(await export_('Fourth.')).toMatchObject({ did: 'updated', warnings: [] })
  })
})

describe('more than GitHub takes', () => {
  const long = Array.from({ length: 3000 }, (_, i) => `## Part ${i}\n\nText @name #${i} of it.`).join('\n\n')

  test('cut at a paragraph, with the way to the whole', async () => {
    edit(body => `${'p'.repeat(30_000)}\n\n${body}`)
    const done = await export_(long)
    expect(done).toMatchObject({ did: 'updated', warnings: [{ code: 'ticket-cut' }] })
    expect(bodyOf().length).toBeLessThanOrEqual(65_536)
    expect(bodyOf().length).toBeGreaterThan(65_000)
    expect(bodyOf()).toMatch(
      /#&#8203;\d+ of it\.\n\n\*\*Cut here\*\*[^\n]*`whyslow story show checkout-slow`\n\n<!-- whyslow:end/,
    )
    expect(await export_(long)).toMatchObject({ did: 'unchanged' })
  })

  test('no room at all: said, and people’s text stays', async () => {
    const full = edit(body => `${'p'.repeat(65_530 - body.length)}\n\n${body}`)
    const done = await export_(long)
    expect(done).toMatchObject({ did: 'unchanged', warnings: [{ code: 'ticket-cut' }] })
    expect(bodyOf()).toBe(full)
  })
})
