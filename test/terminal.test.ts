import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PLAIN } from '../src/reports/style.js'
import { Terminal } from '../src/terminal.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function makeTerminal(isOn = true, columns = 40, rows = 6) {
  const written: string[] = []
  const screen = { write: (text: string) => written.push(text), columns, rows }
  const terminal = new Terminal(
    screen,
    () => PLAIN,
    () => isOn,
  )
  /** What was written since the last time. */
  return { terminal, take: () => written.splice(0).join('') }
}

test('work says what it does after a second, again and again, and leaves nothing', async () => {
  const { terminal, take } = makeTerminal()
  const work = Promise.withResolvers<string>()
  const watch = terminal.watch(() => work.promise)
  terminal.report('Drawing')
  await vi.advanceTimersByTimeAsync(999)
  expect(take()).toBe('')
  await vi.advanceTimersByTimeAsync(1)
  expect(take()).toBe('Drawing: 1 s')
  await vi.advanceTimersByTimeAsync(200)
  expect(take()).toBe('\r\x1b[2KDrawing: 2 s')
  work.resolve('a picture')
  expect(await watch).toBe('a picture')
  expect(take()).toBe('\r\x1b[2K')
  await vi.advanceTimersByTimeAsync(5000)
  expect(take()).toBe('')
})

test('work that fails leaves nothing either', async () => {
  const { terminal, take } = makeTerminal()
  const work = Promise.withResolvers<never>()
  const watch = terminal.watch(() => work.promise)
  watch.catch(() => undefined)
  await vi.advanceTimersByTimeAsync(1000)
  expect(take()).toBe('Working: 1 s')
  work.reject(new Error('no'))
  await expect(watch).rejects.toThrow('no')
  expect(take()).toBe('\r\x1b[2K')
})

test('work inside of other work is shown by that one; parts tell the time left by those before', async () => {
  const { terminal, take } = makeTerminal(true, 80)
  const work = Promise.withResolvers<void>()
  const watch = terminal.watch(() => terminal.watch(() => work.promise))
  terminal.report('GET /a', { index: 1, count: 3 })
  await vi.advanceTimersByTimeAsync(2000)
  take()
  terminal.report('GET /b', { index: 2, count: 3 })
  await vi.advanceTimersByTimeAsync(1000)
  expect(take().split('\r\x1b[2K').at(-1)).toBe('GET /b (2 of 3): 3 s, about 3 s left')
  work.resolve()
  await watch
  expect(take()).toBe('\r\x1b[2K')
})

test('a line of any length and content is one line, with room for the ^C of the terminal', () => {
  const { terminal, take } = makeTerminal(true, 30)
  terminal.showLine(`a\n\x1b[2J${'x'.repeat(50)}`)
  expect(take()).toMatch(/^a\\n\\x1b\[2Jx+…$/)
  terminal.showLine('x'.repeat(50))
  expect(take()).toBe(`\r\x1b[2K${'x'.repeat(26)}…`)
})

test('a block is replaced from its first line on; what does not fit is left out', () => {
  const { terminal, take } = makeTerminal()
  terminal.redraw('1\n2')
  expect(take()).toBe('1\n2\n')
  terminal.showLine('Looking')
  take()
  terminal.redraw('1\n2\n3\n4\n5')
  expect(take()).toBe('\x1b[2A\r\x1b[J1\n2\n3\n...\n')
  terminal.clear()
  expect(take()).toBe('\x1b[4A\r\x1b[J')
  terminal.clear()
  expect(take()).toBe('')
})

test('what is printed stands above the block, which stays until it is cleared', () => {
  const { terminal, take } = makeTerminal()
  terminal.redraw('1\n2')
  take()
  terminal.printAbove('! A note')
  expect(take()).toBe('\x1b[2A\r\x1b[J! A note\n1\n2\n')
  terminal.showLine('Looking')
  take()
  terminal.printAbove('! Another')
  expect(take()).toBe('\x1b[2A\r\x1b[J! Another\n1\n2\n')
  terminal.clear()
  take()
  terminal.printAbove('over')
  expect(take()).toBe('over\n')
})

test('where there is no terminal, nothing', async () => {
  const { terminal, take } = makeTerminal(false)
  const work = Promise.withResolvers<void>()
  const watch = terminal.watch(() => work.promise)
  terminal.showLine('a')
  terminal.redraw('a')
  await vi.advanceTimersByTimeAsync(5000)
  work.resolve()
  await watch
  terminal.clear()
  expect(take()).toBe('')
  terminal.printAbove('b')
  expect(take(), 'but what is printed').toBe('b\n')
})
