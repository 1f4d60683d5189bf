import { mkdtemp, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { withLock, withWorkbookLock } from '../../src/workbook/lock.js'
import { workbookPaths } from '../../src/workbook/workbook.js'
import { runSource, sourceOf } from './run-source.js'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whyslow-lock-'))
  file = join(dir, 'lock')
})

const lock = `import { withLock } from '${sourceOf('workbook/lock.ts')}'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'\n`
const holdFor = (what: string) =>
  `${lock} await withLock(${JSON.stringify(file)}, async () => { console.log('held'); ${what} })`

test('one at a time, the result comes through, and nothing is left', async () => {
  const workbook = { paths: workbookPaths(dir) }
  let inside = 0
  const results = await Promise.all(
    [1, 2, 3, 4].map(n =>
      withWorkbookLock(workbook, async () => {
        inside += 1
        expect(inside).toBe(1)
        await new Promise(resolve => setTimeout(resolve, 5))
        inside -= 1
        return n
      }),
    ),
  )
  expect(results).toEqual([1, 2, 3, 4])
  expect(await readdir(join(dir, '.whyslow'))).toEqual([])
})

test('it is given back when the work throws', async () => {
  await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(file, async () => 'free')).toBe('free')
})

test('many processes, none of their increments is lost', async () => {
  const counter = join(dir, 'counter')
  await writeFile(counter, '0')
  const code = `${lock} const counter = ${JSON.stringify(counter)}
for (let n = 0; n < 10; n += 1) await withLock(${JSON.stringify(file)}, async () => {
  const seen = Number(readFileSync(counter, 'utf8')); await sleep(1); writeFileSync(counter, String(seen + 1)) })`
  const ends = await Promise.all([1, 2, 3, 4].map(() => runSource(code).ended))
  expect(ends.map(end => end.stderr).join('')).toBe('')
  expect(await readFile(counter, 'utf8')).toBe('40')
})

test('a holder that lives is named, after a wait', async () => {
  const child = runSource(holdFor('await sleep(60_000)'))
  await child.said('held')
  await expect(withLock(file, async () => 'no', { waitMs: 100 })).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(`^The workbook is in use by process ${child.process.pid} since 20\\d\\d-`),
    ),
    next: ['wait for it to end, then try again'],
    exit: 2,
  })
  child.process.kill('SIGKILL')
  await child.ended
  expect((await stat(file)).isFile()).toBe(true)
  expect(await withLock(file, async () => 'taken over', { waitMs: 0 })).toBe('taken over')
  expect(await readdir(dir)).toEqual([])
})

test('who is patient waits while the holder lives, and until the signal', async () => {
  const child = runSource(holdFor('await sleep(60_000)'))
  await child.said('held')
  const aborter = new AbortController()
  const waiting = withLock(file, async () => 'no', { waitMs: 0, patient: true, signal: aborter.signal })
  setTimeout(() => aborter.abort(new Error('interrupted')), 200)
  await expect(waiting).rejects.toThrow('interrupted')
  const next = withLock(file, async () => 'mine', { waitMs: 0, patient: true })
  setTimeout(() => child.process.kill('SIGKILL'), 200)
  expect(await next).toBe('mine')
})

test('many see the same dead holder: still one at a time', async () => {
  const child = runSource(holdFor('await sleep(60_000)'))
  await child.said('held')
  child.process.kill('SIGKILL')
  await child.ended
  let inside = 0
  await Promise.all(
    Array.from({ length: 12 }, () =>
      withLock(file, async () => {
        inside += 1
        expect(inside).toBe(1)
        await new Promise(resolve => setTimeout(resolve, 2))
        inside -= 1
      }),
    ),
  )
  expect(await readdir(dir)).toEqual([])
})

test('an id that belongs to another process by now holds nothing; a process elsewhere does', async () => {
  const holder = { pid: process.pid, started: '1', host: hostname(), token: 'abc' }
  await writeFile(file, JSON.stringify(holder))
  expect(await withLock(file, async () => 'taken over', { waitMs: 0 })).toBe('taken over')
  await writeFile(file, JSON.stringify({ ...holder, host: 'elsewhere' }))
  await expect(withLock(file, async () => 'no', { waitMs: 0 })).rejects.toMatchObject({
    message: expect.stringContaining(`process ${process.pid} on elsewhere`),
    next: ['wait for it to end, then try again', `if it no longer runs, delete ${file}`],
  })
})

test('a lock file that is no lock: kept while it may be half-written, then taken over', async () => {
  await writeFile(file, '{"pid":')
  await expect(withLock(file, async () => 'no', { waitMs: 0 })).rejects.toThrow('is in use')
  const old = new Date(Date.now() - 60_000)
  await utimes(file, old, old)
  expect(await withLock(file, async () => 'taken over', { waitMs: 0 })).toBe('taken over')
})
