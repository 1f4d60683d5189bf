/**
 * Keys by name, one at a time, however many come at once: a slow line or a busy moment delivers several in one piece. What is typed behind a
 * key that leads elsewhere is for what is there then: `nslow⏎` is a note.
 */
import { type Key as InkKey, useInput, usePaste } from 'ink'
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useMemo,
  useState,
} from 'react'

/**
 * A character as it was typed, or a name: `up`, `down`, `left`, `right`, `pageup`, `pagedown`, `home`, `end`, `enter`, `escape`, `tab`,
 * `shift-tab`, `backspace`, `delete`, `ctrl-u`.
 */
export type KeyName = string

type Typed = { key: KeyName } | { pasted: string }

interface Listener {
  hear: (typed: Typed) => void
  isFirst: boolean
}

interface KeyQueue {
  type(typed: Typed[]): void
  /** Call it when a key leads elsewhere: what was typed behind it waits until that is drawn. */
  turn(): void
  /** What is typed from here on is for nobody: the terminal is another's. */
  mute(isMuted: boolean): void
  listen(listener: Listener): () => void
}

const nothing = () => undefined
const KeyContext = createContext<KeyQueue>({
  type: nothing,
  turn: nothing,
  mute: nothing,
  listen: () => nothing,
})

/** All that is inside hears the keys of the terminal. */
export function Keyboard({ children }: { children: ReactNode }): ReactNode {
  const [turns, setTurns] = useState(0)
  const queue = useMemo(() => makeQueue(() => setTurns(before => before + 1)), [])
  useInput((input, key) => queue.type(nameKeys(input, key).map(name => ({ key: name }))))
  usePaste(text => queue.type([{ pasted: text.replace(/[\s\p{Cc}]+/gu, ' ') }]))
  // Effects of what is inside come first: those who are new there listen by now.
  useEffect(() => queue.goOn(turns), [queue, turns])
  return <KeyContext value={queue}>{children}</KeyContext>
}

function makeQueue(onTurn: () => void): KeyQueue & { goOn(turns: number): void } {
  const listeners = new Set<Listener>()
  const waiting: Typed[] = []
  let wanted = 0
  let drawn = 0
  let isMuted = false

  function deliver(): void {
    while (drawn === wanted) {
      const typed = waiting.shift()
      if (typed === undefined) return
      for (const { hear } of [...listeners].sort((a, b) => Number(b.isFirst) - Number(a.isFirst))) hear(typed)
    }
  }

  return {
    type(typed) {
      if (!isMuted) waiting.push(...typed)
      deliver()
    },
    turn() {
      wanted += 1
      onTurn()
    },
    mute(muted) {
      isMuted = muted
      waiting.length = 0
    },
    goOn(turns) {
      drawn = turns
      deliver()
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useKeyQueue(): Pick<KeyQueue, 'turn' | 'mute'> {
  return useContext(KeyContext)
}

export interface KeyOptions {
  isActive: boolean
  /** Hears a key before all others. */
  isFirst?: boolean
  /** One line. Without it nothing happens: text is no command. */
  onPaste?: (text: string) => void
}

/** Several keys may come before the next render, so `onKey` must not read state that it sets: set it by a function of the old state. */
export function useKeys(
  onKey: (key: KeyName) => void,
  { isActive, isFirst = false, onPaste }: KeyOptions,
): void {
  const { listen } = useContext(KeyContext)
  const hear = useEffectEvent((typed: Typed) => {
    if ('key' in typed) onKey(typed.key)
    else onPaste?.(typed.pasted)
  })
  // Not later: a key that comes as soon as something is drawn is for it.
  useLayoutEffect(() => (isActive ? listen({ hear, isFirst }) : undefined), [listen, isActive, isFirst])
}

const NAMED: readonly (readonly [keyof InkKey, KeyName])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
]
const SEGMENTER = new Intl.Segmenter()

function nameKeys(input: string, key: InkKey): KeyName[] {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab']
  const named = NAMED.find(([flag]) => key[flag] === true)
  if (named) return [named[1]]
  if (key.ctrl) return input === '' ? [] : [`ctrl-${input}`]
  return key.meta ? [] : nameTyped(input)
}

/** Control characters do nothing, but for ends of lines and tabs between other characters. */
function nameTyped(text: string): KeyName[] {
  return Array.from(SEGMENTER.segment(text), ({ segment }) => {
    if (segment === '\r' || segment === '\n' || segment === '\r\n') return 'enter'
    return segment === '\t' ? 'tab' : segment
  }).filter(name => !/^\p{Cc}/u.test(name))
}
