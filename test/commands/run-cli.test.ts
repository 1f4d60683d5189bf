/** A command that runs in this process says what it says in one of its own. */
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nginxLog } from '../sources/import-into.js'
import { makeFolder, runCli } from './run-cli.js'

let cwd: string
beforeAll(async () => {
  cwd = await makeFolder()
  await writeFile(path.join(cwd, 'access.log'), `${nginxLog(50)}no request\n`)
  await runCli(['import', 'access.log'], { cwd })
})
afterAll(() => rm(cwd, { recursive: true }))

test.for([
  { what: 'a table', args: ['sources'], code: 0 },
  { what: 'data', args: ['sources', '--json'], code: 0 },
  { what: 'wrong use', args: ['overview', '--nosuchflag'], code: 2 },
  { what: 'an error as data', args: ['overview', '--where', 'nosuchcolumn = 1', '--json'], code: 2 },
  { what: 'help', args: ['overview', '--help'], code: 0 },
])('$what: whyslow $args', async ({ args, code }) => {
  const options = { cwd, columns: 70 }
  const alone = await runCli(args, { ...options, alone: true })
  expect(await runCli(args, options)).toEqual(alone)
  expect(alone.code).toBe(code)
})

test('nothing of a run is left in this process', async () => {
  const before = [process.cwd(), process.env.COLUMNS, process.exitCode, process.listenerCount('SIGINT')]
  const [one, other] = await Promise.all([
    runCli(['overview', '--nosuchflag'], { cwd, columns: 60 }),
    runCli(['sources'], { cwd }),
  ])
  expect([one.code, other.code]).toEqual([2, 0])
  expect([process.cwd(), process.env.COLUMNS, process.exitCode, process.listenerCount('SIGINT')]).toEqual(
    before,
  )
})
