/** Keys by name, one at a time, however many come at once: a slow line or a busy moment delivers several in one piece. */
import { type Key as InkKey, useInput, usePaste } from 'ink'

/**
 * A character as it was typed, or a name: `up`, `down`, `left`, `right`, `pageup`, `pagedown`, `home`, `end`, `enter`, `escape`, `tab`,
 * `shift-tab`, `backspace`, `delete`, `ctrl-u`.
 */
export type KeyName = string

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

export interface KeyOptions {
  isActive: boolean
  /** One line. Without it nothing happens: text is no command. */
  onPaste?: (text: string) => void
}

/** Several keys may come before the next render, so `onKey` must not read state that it sets: set it by a function of the old state. */
export function useKeys(onKey: (key: KeyName) => void, { isActive, onPaste }: KeyOptions): void {
  useInput(
    (input, key) => {
      for (const name of nameKeys(input, key)) onKey(name)
    },
    { isActive },
  )
  usePaste(text => onPaste?.(text.replace(/[\s\p{Cc}]+/gu, ' ')), { isActive })
}

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
