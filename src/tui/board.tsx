/** Mounts the board in the alternate screen, and gives the terminal back whatever happens. */

import type { ReadStream, WriteStream } from 'node:tty'
import { render } from 'ink'
import { Board, type BoardProps, LEFT } from './app.js'
import { TABS } from './story/tabs.js'
import { Keyboard } from './use-keys.js'
import { watchStories } from './watch-stories.js'
import { startWork } from './work-client.js'

export interface BoardOptions extends Omit<BoardProps, 'stories' | 'work' | 'tabs'> {
  stdin: ReadStream
  stdout: WriteStream
  cwd: string
  home: string
  /** Aborted from outside: a signal. */
  signal: AbortSignal
}

/** How it ended. Rejects with what went wrong in it, after the terminal is as it was. */
export async function runBoard(options: BoardOptions): Promise<'left' | 'interrupted'> {
  const { stdin, stdout, signal, workbook, cwd, home, ...props } = options
  const work = startWork({ place: { cwd, workbook: workbook.dir, home } })
  let failure: { error: unknown } | null = null
  // What is thrown outside of a render would end the process with the screen still its own.
  const fail = (error: unknown) => {
    failure ??= { error }
    screen.unmount()
  }
  const stories = watchStories(workbook, fail)
  const board = (
    <Keyboard>
      <Board {...props} workbook={workbook} stories={stories} work={work} tabs={TABS} />
    </Keyboard>
  )
  const screen = render(board, {
    stdin,
    stdout,
    alternateScreen: true,
    interactive: true,
    incrementalRendering: true,
    // Ink waits for up to two frames before it shows what a key changed: 67 ms at the 30 a second that it draws otherwise.
    maxFps: 250,
    exitOnCtrlC: true,
    kittyKeyboard: { mode: 'disabled' },
    isScreenReaderEnabled: false,
  })
  const interrupt = () => screen.unmount()
  signal.addEventListener('abort', interrupt, { once: true })
  process.on('uncaughtException', fail).on('unhandledRejection', fail)
  try {
    const end = await screen.waitUntilExit()
    if (failure !== null) throw (failure as { error: unknown }).error
    return end === LEFT ? 'left' : 'interrupted'
  } finally {
    process.off('uncaughtException', fail).off('unhandledRejection', fail)
    signal.removeEventListener('abort', interrupt)
    stories.close()
    await work.close()
  }
}
