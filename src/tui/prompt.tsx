/** Questions in the last line but one, one after the other, as a command would ask them. */
import { useCursor } from 'ink'
import type { ReactNode } from 'react'
import { paint, plain, type Style, truncate, widthOf } from '../reports/style.js'
import { applyKey, editLine, insertText, textOf } from './edit-line.js'
import { Lines } from './lines.js'
import { useFreshState } from './use-fresh-state.js'
import { useKeys } from './use-keys.js'

export interface Question {
  ask: string
  initial?: string
  /** Throws a `WhyslowError` for an answer that can't be: the prompt stays, with what was typed. */
  check?: (answer: string) => void
}

export interface Asked {
  questions: readonly Question[]
  onDone: (answers: string[]) => void
}

export interface PromptProps extends Asked {
  /** Of the screen, from 0: where the cursor is shown. */
  row: number
  style: Style
  /** An answer is given: what was wrong with the last one is over. */
  onTry: () => void
  onProblem: (problem: unknown) => void
  onCancel: () => void
}

/** Room for the answer, however long the question. */
const LEAST_ROOM = 20

export function Prompt({
  questions,
  onDone,
  onTry,
  onProblem,
  onCancel,
  row,
  style,
}: PromptProps): ReactNode {
  const entered = useFreshState({ answers: [] as string[], line: editLine(questions[0]?.initial ?? '') })
  useKeys(
    key => {
      const { answers, line } = entered.read()
      if (key === 'escape') return onCancel()
      if (key !== 'enter') return entered.set({ answers, line: applyKey(line, key) })
      const answer = textOf(line).trim()
      onTry()
      try {
        questions[answers.length]?.check?.(answer)
      } catch (problem) {
        return onProblem(problem)
      }
      const given = [...answers, answer]
      const next = questions[given.length]
      if (next === undefined) return onDone(given)
      entered.set({ answers: given, line: editLine(next.initial ?? '') })
    },
    {
      isActive: true,
      onPaste(text) {
        const { answers, line } = entered.read()
        entered.set({ answers, line: insertText(line, text) })
      },
    },
  )
  const { answers, line } = entered.state
  const ask = truncate(style, plain(style, questions[answers.length]?.ask ?? ''), style.width - LEAST_ROOM)
  const room = style.width - widthOf(ask) - 2
  const before = plain(style, line.before.join(''))
  const seen = truncate(style, before, room, 'start')
  const after = truncate(style, plain(style, line.after.join('')), Math.max(0, room - widthOf(seen)))
  useCursor().setCursorPosition({ x: widthOf(ask) + 1 + widthOf(seen), y: row })
  return <Lines lines={[`${paint(style, 'bold', ask)} ${seen}${after}`]} height={1} />
}
