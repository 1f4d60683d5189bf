/** A real process follows real files: what is written comes in once, whatever happens meanwhile. */
import { execFile, spawn } from 'node:child_process'
import { appendFile, copyFile, readdir, rename, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { removeImported } from '../../src/steps/remove-sources.js'
import { listSources } from '../../src/store/catalog.js'
import type { Workbook } from '../../src/workbook/workbook.js'
import { importInto, makeWorkbook, nginxLine, query, ROOT } from '../sources/import-into.js'

const line = (i: number, prefix = 'orders') => nginxLine(i, `/${prefix}/${i}`)

interface Follow {
  /** Waits until it says that. */
  said(text: string): Promise<void>
  /** Waits until it ends by itself. */
  ended(): Promise<{ code: number | null; stderr: string }>
  /** Ends it as Ctrl-C does; its exit code and what it said. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; stdout: string; stderr: string }>
}

function follow(workbook: Workbook, ...args: string[]): Follow {
  const command = [path.join(ROOT, 'bin/run.js'), 'import', '--follow', '--interval', '100ms', ...args]
  const child = spawn(process.execPath, command, { cwd: workbook.dir })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    async said(text) {
      while (!stderr.includes(text) && child.exitCode === null) await sleep(20)
    },
    async ended() {
      return { code: await ended, stderr }
    },
    async stop(signal = 'SIGINT') {
      child.kill(signal)
      return { code: await ended, stdout, stderr }
    },
  }
}

async function countsOf(workbook: Workbook): Promise<Map<string, number>> {
  const rows = await query<{ path: string; n: number }>(
    workbook,
    'SELECT path, count(*) AS n FROM requests GROUP BY ALL',
  )
  return new Map(rows.map(({ path, n }) => [path, n]))
}

/** Waits until so many lines are in, then checks that each is there once. */
async function expectOnce(workbook: Workbook, counts: Record<string, number>, wait_ms = 60_000) {
  const expected = Object.entries(counts).flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, i) => `/${prefix}/${i}`),
  )
  const deadline = performance.now() + wait_ms
  let found = await countsOf(workbook)
  while (found.size < expected.length && performance.now() < deadline) {
    await sleep(100)
    found = await countsOf(workbook)
  }
  const wrong = expected.filter(one => found.get(one) !== 1)
  expect(wrong.slice(0, 9).map(one => [one, found.get(one)])).toEqual([])
  expect(found.size).toBe(expected.length)
}

test('new lines of several files come in; a file that isn’t there yet is waited for; Ctrl-C ends well', {
  timeout: 60_000,
}, async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  const late = path.join(workbook.dir, 'late.log')
  await writeFile(file, line(0))
  const following = follow(workbook, file, late)
  await following.said(`Waiting for ${late}: there is no such file yet.`)
  for (let i = 1; i < 40; i += 1) {
    // In two writes: the line has no end for a while.
    const text = line(i)
    await appendFile(file, text.slice(0, 30))
    await sleep(20)
    await appendFile(file, text.slice(30))
    if (i > 20) await appendFile(late, line(i - 21, 'late'))
  }
  await expectOnce(workbook, { orders: 40, late: 19 })
  const { code, stdout, stderr } = await following.stop()
  expect(code).toBe(0)
  expect(stdout).toContain('Imported 59 requests.')
  expect(stderr).toContain(`Waiting for ${late}: there is no such file yet.`)
  expect(await readdir(workbook.paths.tmp)).toEqual([])
  expect(await listSources(workbook.paths.data)).toHaveLength(2)
  expect((await importInto(workbook, [file, late])).sources.map(one => one.alreadyImported)).toEqual([
    true,
    true,
  ])
})

test('what is taken out while its log is followed comes in again with the next lines', {
  timeout: 60_000,
}, async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  await writeFile(file, line(0) + line(1))
  const following = follow(workbook, file)
  await expectOnce(workbook, { orders: 2 })
  const [source] = await listSources(workbook.paths.data)
  await removeImported(workbook, [source!.id])
  await appendFile(file, line(2))
  await expectOnce(workbook, { orders: 3 })
  expect((await following.stop()).code).toBe(0)
})

test('a log whose lines were read in another way is not followed in this one', async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  await writeFile(file, line(0))
  const [source] = (await importInto(workbook, file)).sources
  const format =
    '$remote_addr - - [$time_local] "$request" $status $bytes_sent "-" "$http_user_agent" $request_time'
  const following = follow(workbook, file, '--log-format', format)
  const { code, stderr } = await following.ended()
  expect(code).toBe(2)
  expect(stderr).toContain(`whyslow sources remove ${source!.id}`)
})

test('rotation by name and by copy, while it runs', { timeout: 90_000 }, async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  await writeFile(file, line(0))
  const following = follow(workbook, file)
  let i = 1
  const write = async (name: string, count: number) => {
    for (const end = i + count; i < end; i += 1) await appendFile(name, line(i))
  }
  await write(file, 10)
  await expectOnce(workbook, { orders: 11 })
  // Its program writes on under the old name for a while.
  await rename(file, `${file}.1`)
  await write(`${file}.1`, 5)
  await write(file, 5)
  await sleep(400)
  await write(`${file}.1`, 5)
  await expectOnce(workbook, { orders: 26 })
  await rename(`${file}.1`, `${file}.2`)
  for (let round = 0; round < 5; round += 1) {
    await write(file, 30)
    await sleep(Math.random() * 150)
    await copyFile(file, `${file}.1`)
    await truncate(file, 0)
    await write(file, 40)
    await expectOnce(workbook, { orders: i })
  }
  expect(await following.stop('SIGTERM')).toMatchObject({ code: 0 })
})

test('small sources are merged, and questions go on meanwhile', { timeout: 90_000 }, async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  const following = follow(workbook, file)
  let [most, i] = [0, 0]
  for (const end = performance.now() + 15_000; performance.now() < end; i += 1) {
    await appendFile(file, line(i))
    if (i % 10 === 0) {
      const sources = await listSources(workbook.paths.data)
      most = Math.max(most, sources.length)
      expect(await query(workbook, 'SELECT count(*) AS n FROM requests')).toHaveLength(1)
    }
    await sleep(20)
  }
  await expectOnce(workbook, { orders: i })
  expect(most).toBeGreaterThan(3)
  expect(most).toBeLessThan(20)
  await following.stop()
  expect(await listSources(workbook.paths.data)).toMatchObject([{ rows: i, rejected: 0 }])
  expect(await readdir(workbook.paths.sources)).toHaveLength(1)
})

test('kill -9 at any moment, rotated while it runs and while it doesn’t: every line once after the next start', {
  timeout: 240_000,
}, async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  await writeFile(file, line(0))
  await importInto(workbook, [file])
  let i = 1
  let isOver = false
  let [rotations, rotatedAt] = [0, 0]
  const writing = (async () => {
    for (; !isOver; i += 1) {
      const text = line(i)
      await appendFile(file, text.slice(0, 40))
      if (i % 7 === 0) await sleep(3)
      await appendFile(file, text.slice(40))
      // The clock of a file system has ticks of some milliseconds.
      if (rotations === 0 || i - rotatedAt < 50) continue
      await rename(file, `${file}.${i}`)
      rotatedAt = i
      rotations -= 1
    }
  })()
  for (let round = 0; round < 6; round += 1) {
    const following = follow(workbook, file)
    await sleep(300 + Math.random() * 2500)
    rotations = round % 3
    await sleep(Math.random() * 600)
    await following.stop('SIGKILL')
    rotations += round % 2
    await sleep(100)
  }
  isOver = true
  await writing
  const following = follow(workbook, file)
  await expectOnce(workbook, { orders: i })
  await following.stop()
  await expectOnce(workbook, { orders: i })
})

test('rotated siblings that were never imported stay out, and so do those of other logs', {
  timeout: 60_000,
}, async () => {
  const workbook = await makeWorkbook()
  const file = path.join(workbook.dir, 'access.log')
  await writeFile(`${file}.2`, line(0, 'older'))
  await writeFile(`${file}.1`, line(1, 'older'))
  await writeFile(file, line(0))
  let following = follow(workbook, file)
  await expectOnce(workbook, { orders: 1 })
  await following.stop()
  await appendFile(file, line(1))
  await rename(file, `${file}.3`)
  await writeFile(path.join(workbook.dir, 'access-admin.log'), line(0, 'admin'))
  await writeFile(`${file}.bak`, line(0, 'bak'))
  await promisify(execFile)('sh', ['-c', `gzip -c '${file}.3' > '${file}.3.gz' && rm '${file}.3'`])
  // Files' times are as coarse as the system's tick.
  await sleep(20)
  await writeFile(`${file}.4`, line(2))
  await writeFile(file, line(3))
  following = follow(workbook, file)
  await expectOnce(workbook, { orders: 4 })
  await following.stop()
})

test('what can’t be followed says so', async () => {
  const workbook = await makeWorkbook()
  const { code, stderr } = await follow(workbook, '-').stop('SIGCONT')
  expect(code).toBe(2)
  expect(stderr).toContain('Standard input is read to its end')
})
