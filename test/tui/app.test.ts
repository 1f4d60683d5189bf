/** The board with work that ends when the test says so: what is typed, what is said, and what is asked again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Text } from 'ink'
import { cleanup, render } from 'ink-testing-library'
import { createElement } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import { createStory } from '../../src/stories/write-story.js'
import { Board, type BoardProps } from '../../src/tui/app.js'
import { useNow } from '../../src/tui/clock.js'
import type { Tab } from '../../src/tui/story/tab.js'
import { Keyboard } from '../../src/tui/use-keys.js'
import { type WatchedStories, watchStories } from '../../src/tui/watch-stories.js'
import type { Work } from '../../src/tui/work.js'
import { createWorkbook, openWorkbook } from '../../src/workbook/workbook.js'

const page = (name: string): Tab => ({
  name,
  keys: [],
  shows: [],
  Component: () => createElement(Text, null, `the page ${name}`),
})

let dir: string
let stories: WatchedStories
const openEditor = vi.fn<BoardProps['openEditor']>()
const run = vi.fn<(name: string) => Promise<never>>()

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'whyslow-board-'))
  await createWorkbook(dir)
  await createStory(dir, { id: 'orders', title: 'Orders are slow' })
})

afterEach(async () => {
  cleanup()
  stories?.close()
  vi.resetAllMocks()
  await rm(dir, { recursive: true, force: true })
})

async function open() {
  const workbook = await openWorkbook({ cwd: dir })
  stories = watchStories(workbook, error => {
    throw error
  })
  const props: BoardProps = {
    workbook,
    stories,
    work: { run, close: async () => undefined } as unknown as Work,
    tabs: ['one', 'two', 'three'].map(page),
    style: { color: false, unicode: true },
    now: () => new Date(),
    openEditor,
    filter: '',
    sort: 'status',
  }
  const screen = render(createElement(Keyboard, null, createElement(Board, props)))
  Object.assign(screen.stdout, { rows: 24 }).emit('resize')
  const sees = async (text: string | RegExp, isThere = true) => {
    const seen = expect.poll(() => screen.lastFrame() ?? '', { timeout: 20_000 })
    await (isThere ? seen : seen.not).toMatch(text)
  }
  await sees('▸ Orders are slow')
  screen.stdin.write('\r')
  await sees('the page one')
  return {
    sees,
    type: (text: string) => screen.stdin.write(text),
    shows: () => screen.lastFrame() ?? '',
    stdout: screen.stdout,
  }
}

const readFront = () => readFile(path.join(dir, 'stories/orders/story.md'), 'utf8')
/** A busy machine may draw late. */
const PATIENCE = { timeout: 30_000 }
const BACKSPACE = '\u007f'

test('what comes in one piece with the key that asks is the answer', async () => {
  const { type, sees } = await open()
  type('nhello\rn?q\r')
  await sees('Noted.')
  await vi.waitFor(async () => expect(await readFront()).toMatch(/text: hello[\s\S]*text: "?\?q/), PATIENCE)
  expect(run).not.toHaveBeenCalled()
})

test('pages are turned one after the other, however fast', async () => {
  const { type, sees } = await open()
  type('\t\t')
  await sees('the page three')
  type('?')
  await sees('another page')
  type('q2')
  await sees('the page two')
})

test('one editor at a time; what is typed with its key is not for the board', async () => {
  const { type, sees, shows } = await open()
  const editing = Promise.withResolvers<void>()
  openEditor.mockReturnValue(editing.promise)
  type('ooq')
  await vi.waitFor(() => expect(openEditor).toHaveBeenCalledOnce(), PATIENCE)
  type('on')
  editing.resolve()
  // A key is heard once the terminal is the board's again.
  await vi.waitFor(() => {
    type('n')
    expect(shows()).toContain('Note:')
  }, PATIENCE)
  await sees('Note:')
  expect(openEditor).toHaveBeenCalledOnce()
})

test('what is on the screen hears the key that comes right behind it', async () => {
  const { type, sees, stdout } = await open()
  Object.assign(stdout, { rows: 10 }).emit('resize')
  await sees('The board needs')
  const draw = stdout.write
  const typeOnce = vi.fn<() => void>(() => type('n'))
  stdout.write = frame => {
    draw(frame)
    if (frame.includes('the page one') && typeOnce.mock.calls.length === 0) queueMicrotask(typeOnce)
  }
  Object.assign(stdout, { rows: 24 }).emit('resize')
  await sees('Note:')
})

test('a wrong answer stays to be mended', async () => {
  const { type, sees, shows } = await open()
  type('+')
  await sees('No timebox of orders is running.')
  expect(shows()).not.toContain('How much longer?')
  type(`t${BACKSPACE.repeat(5)}4m5\r`)
  await sees('Expected a duration such as')
  await sees(/Timebox for how long\? 4m5$/m)
  type(`${BACKSPACE.repeat(2)}5m\r`)
  await sees('Timebox started.')
  await sees('Expected a duration', false)
  type('t\r')
  await sees('Expected a line on what was learned')
  type('nothing\r\r\r')
  await sees('Timebox stopped.')
  expect(await readFront()).toMatch(/budget: 45m[\s\S]*learned: nothing/)
  type('p\r')
  await sees('Expected the id of a process')
  type('app\rx\r')
  await sees('Expected whole seconds')
  await sees('For how many seconds?')
})

test('what went wrong is seen beside the task that runs, until a key is pressed', async () => {
  const { type, sees, shows } = await open()
  const [look, explain] = [Promise.withResolvers<never>(), Promise.withResolvers<never>()]
  run.mockReturnValueOnce(look.promise).mockReturnValueOnce(explain.promise)
  type('l')
  await sees('x cancels')
  type('+')
  await sees('No timebox of orders is running.')
  expect(shows()).toContain('x cancels')
  look.resolve({} as never)
  await sees('look: done.')
  expect(shows()).toContain('No timebox of orders is running.')
  type('e')
  await sees('x cancels')
  expect(shows()).not.toContain('No timebox')
  type('nwhile it runs')
  await sees('Note: while it runs')
  explain.reject(new WhyslowError('The worker is gone.', { exit: 4 }))
  await sees('Error: The worker is gone.')
  await sees('Note: while it runs')
  type('\r')
  await sees('Noted.')
})

test('time goes on without a timebox: by the minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    let minutes = 0
    const now = () => new Date(minutes * 60_000)
    const Clock = () => createElement(Text, null, useNow(now, false).toISOString())
    const screen = render(createElement(Clock))
    await expect.poll(() => screen.lastFrame()).toContain('00:00:00')
    minutes = 3
    vi.advanceTimersByTime(60_000)
    await expect.poll(() => screen.lastFrame()).toContain('00:03:00')
  } finally {
    vi.useRealTimers()
  }
})
