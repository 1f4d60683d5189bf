/** `--svg` and `--html`: what a command says, also as a picture and a page. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readOneJson } from './one-json.js'
import { makeFolder, runCli, runJson } from './run-cli.js'
import { HOSTILE, makeShopWorkbook } from './shop-workbook.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeShopWorkbook(['access.log.gz', 'accounts.csv', 'deploys.ndjson'])
})
afterAll(() => rm(cwd, { recursive: true }))

const read = (name: string) => readFile(path.join(cwd, name), 'utf8')
const count = (text: string, part: RegExp) => text.match(part)?.length ?? 0

interface Written {
  files?: { svg?: string; html?: string }
  failures?: unknown[]
}

describe('what is shown is also written', () => {
  test.each([
    [
      'look',
      ['look', 'GET /invoices/:id/pdf'],
      4,
      '10.7% of requests ended well in less than the target of 500 ms',
    ],
    ['explain', ['explain', 'GET /products/:id'], 1, 'times as likely to be slow'],
    ['overview', ['overview', '--limit', '5'], 1, '26.7 min'],
    [
      'compare',
      ['compare', '--before', '2026-10-05..2026-10-12', '--after', '2026-10-12..2026-10-19'],
      2,
      'requests were good: answered without an error in less than 500 ms.',
    ],
  ] as const)('%s', async (name, args, charts, said) => {
    const plain = await runCli([...args], { cwd })
    const run = await runCli([...args, '--svg', `${name}.svg`, `--html=${name}.html`], { cwd })
    expect(run.code, run.stderr).toBe(0)
    expect(run.stdout, 'what is printed stays the same').toBe(plain.stdout)
    expect(run.stderr).toContain(`Written: ${name}.svg\nWritten: ${name}.html\n`)
    const [svg, html] = [await read(`${name}.svg`), await read(`${name}.html`)]
    expect(count(svg, /<svg /g)).toBe(charts + 1)
    expect(count(html, /<figure>/g)).toBe(charts)
    expect(count(html, /<details>/g)).toBe(charts)
    for (const text of [svg, html]) expect(text).toContain(said)
    expect(html).toContain(
      plain.stdout
        .trim()
        .split('\n')
        .at(-1)!
        .trim()
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#39;')
        .replaceAll('>', '&gt;'),
    )
    expect(html).toContain(`whyslow ${args[0]}`)
    expect(html).not.toMatch(/<code>[^<]*--(?:svg|html)/)
    expect(html).toMatch(/Data: sources [0-9a-f]{12}, /)
  })

  test('--json says where', async () => {
    const files = { svg: path.join(cwd, 'j.svg'), html: path.join(cwd, 'j.html') }
    const result = await runJson<Written>(['overview', '--svg', 'j.svg', '--html', 'j.html'], { cwd })
    expect(result.files).toEqual(files)
    expect((await runJson<Written>(['overview'], { cwd })).files).toBeUndefined()
  })

  test('two files of numbers are named by their content', async () => {
    await writeFile(path.join(cwd, 'a.txt'), '10\n12\n14\n90\n'.repeat(20))
    await writeFile(path.join(cwd, 'b.txt'), '20\n22\n34\n95\n'.repeat(20))
    expect(await runCli(['compare', 'a.txt', 'b.txt', '--html', 'n.html'], { cwd })).toMatchObject({
      code: 0,
    })
    expect(await read('n.html')).toMatch(/Data: a\.txt [0-9a-f]{12}, b\.txt [0-9a-f]{12}/)
  })
})

describe('what can’t be written is refused before anything is measured', () => {
  test.each([
    [
      'a folder that isn’t there',
      ['--svg', 'no/such/x.svg'],
      'The folder of no/such/x.svg is not there.',
      'mkdir -p no/such',
    ],
    [
      'another kind of file',
      ['--html', 'access.log'],
      'ends in .html, found “access.log”',
      '--html access.html',
    ],
    ['a file as a folder', ['--svg', 'whyslow.yaml/x.svg'], 'is not there', 'mkdir'],
  ] as const)('%s', async (_, flags, message, next) => {
    const run = await runCli(['overview', ...flags], { cwd })
    expect(run.code).toBe(2)
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain(message)
    expect(run.stderr).toContain(next)
  })

  test('a folder of that name', async () => {
    await mkdir(path.join(cwd, 'x.html'))
    const refused = await runCli(['overview', '--html', 'x.html'], { cwd })
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('there is a folder of that name')
    expect((await readdir(cwd)).filter(name => name.endsWith('.tmp'))).toEqual([])
  })
})

describe('what turns out not to be writable takes no result away', () => {
  const FILES = ['--svg', 'kept.svg', '--html', `${'x'.repeat(300)}.html`]

  test.each([
    ['overview', ['overview']],
    ['look', ['look', 'GET /invoices/:id/pdf']],
  ] as const)('%s', async (_, args) => {
    const plain = await runCli([...args], { cwd })
    const run = await runCli([...args, ...FILES], { cwd })
    expect(run).toMatchObject({ code: 2, stdout: plain.stdout })
    expect(run.stderr).toContain('Written: kept.svg\n')
    expect(run.stderr).toContain('the name is too long')
  })

  test('--json: the result, what was written, and why the other was not', async () => {
    const { code, json } = await readOneJson<Written & { requests: number }>(['overview', ...FILES], { cwd })
    expect(code).toBe(2)
    expect(json.requests).toBeGreaterThan(0)
    expect(json.files).toEqual({ svg: path.join(cwd, 'kept.svg') })
    expect(json.failures).toEqual([
      {
        message: expect.stringContaining('the name is too long'),
        place: expect.anything(),
        next: [],
        exit: 2,
      },
    ])
  })
})

test('an overview that was cut says so in its picture', async () => {
  await runCli(['overview', '--limit', '2', '--html', 'cut.html'], { cwd })
  const html = await read('cut.html')
  expect(html).toMatch(/<h1>The 2 routes that take the most time, of \d+<\/h1>/)
  expect(html).not.toContain('Every route')
})

test('text from strangers is text in both, and a picture of nothing is not written', async () => {
  const dir = await makeFolder()
  await writeFile(path.join(dir, 'evil.ndjson'), HOSTILE)
  await runCli(['import', 'evil.ndjson'], { cwd: dir })
  const run = await runCli(['overview', '--svg', 'o.svg', '--html', 'o.html'], { cwd: dir })
  expect(run.code, run.stderr).toBe(0)
  for (const name of ['o.svg', 'o.html']) {
    const text = await readFile(path.join(dir, name), 'utf8')
    expect(text).toContain('\\x1b]0;pwned')
    expect(text).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]|<script>alert/,
    )
  }
  const none = await runCli(['overview', '--where', 'status = 999', '--svg', 'n.svg', '--html', 'n.html'], {
    cwd: dir,
  })
  expect(none.code, none.stderr).toBe(0)
  expect(none.stderr).toContain('There is nothing to draw, so no picture was written.')
  expect((await readdir(dir)).filter(name => name.startsWith('n.'))).toEqual(['n.html'])
  await rm(dir, { recursive: true })
})
