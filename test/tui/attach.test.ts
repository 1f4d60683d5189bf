/** A capture from the board: filed in the story, kept when it is cancelled, and nothing left behind in the process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listListeners } from '../../src/profilers/node/processes.js'
import type { StoryFrontMatter } from '../../src/stories/schema.js'
import { createStory } from '../../src/stories/write-story.js'
import { makeFolder, ROOT, runJson } from '../commands/run-cli.js'
import { KEYS, missingPty, Pty } from './pty.js'

const BOARD = `'${process.execPath}' '${path.join(ROOT, 'bin/run.js')}' board`

let cwd: string
let server: ChildProcess
let pty: Pty
beforeAll(async () => {
  cwd = await makeFolder()
  await createStory(cwd, { id: 'orders', title: 'Orders are slow' })
  server = spawn(process.execPath, [path.join(ROOT, 'test/profilers/apps/server.cjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(server.stdout!, 'data')
})
afterAll(async () => {
  await pty?.close()
  server.kill('SIGKILL')
  await rm(cwd, { recursive: true, force: true })
})

describe.skipIf(missingPty() !== null)('a capture from the board', () => {
  test('is filed; one that is cancelled is kept; the process is left as it was', async () => {
    const before = listListeners(server.pid!)
    pty = await Pty.open(BOARD, { cwd, columns: 110, rows: 40 })
    await pty.see('▸ Orders')
    pty.send(KEYS.enter)
    await pty.see('[1 story]')
    const attach = async (seconds: string) => {
      pty.send('p')
      await pty.see('Which process?')
      pty.send(String(server.pid), KEYS.enter)
      await pty.see('For how many seconds?')
      pty.send(KEYS.backspace.repeat(3), seconds, KEYS.enter)
    }
    await attach('1')
    await pty.see('profile attach: done.')
    await pty.see('[6 profiles]')
    await attach('600')
    await pty.see('capturing')
    pty.send('x')
    await pty.see('cancelled, what it had by then is kept')
    pty.send('q')
    expect(await pty.end()).toBe(0)
    const story = await runJson<StoryFrontMatter>(['story', 'show', 'orders'], { cwd })
    expect(story.profiles.map(({ pid, kind }) => ({ pid, kind }))).toEqual([
      { pid: server.pid, kind: 'cpu' },
      { pid: server.pid, kind: 'cpu' },
    ])
    await expect.poll(() => listListeners(server.pid!), { timeout: 20_000 }).toEqual(before)
  })
})
