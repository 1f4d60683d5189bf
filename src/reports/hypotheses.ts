/** The hypotheses of a workbook as a table, with how many came true and what testing them has cost. */
import { formatCount, formatShare } from '../units.js'
import { escapeLines, escapeTerminal } from './escape.js'
import { fitCharset, type Paint, type Style, wrap } from './style.js'
import { renderTable } from './table.js'
import { formatTime } from './times.js'

export interface ShownHypotheses {
  hypotheses: {
    story: string
    id: string
    claim: string
    judged: string
    registered: string
    results: number
    tests: number
  }[]
  confirmed: number
  disproved: number
  open: number
  budget: { tests: number; level: number; expectedFalse: number }
}

/** A hypothesis that was written down just now, with the code that measures its suspect, if that was asked for. */
export function renderRegistered(
  story: string,
  { id, claim }: { id: string; claim: string },
  snippet: { code: string; import: string; file: string } | null,
): string {
  const text = `${id} of ${story} is registered: ${escapeTerminal(claim)}\nTest it: whyslow hypothesis test ${story} --hypothesis ${id}`
  return snippet === null
    ? text
    : `${text}\n\n${escapeLines(snippet.code)}\nIts data comes in with: ${snippet.import}\nOr while it is watched: whyslow hypothesis watch ${story} --hypothesis ${id} --follow ${snippet.file}`
}

const JUDGED: Record<string, Paint> = { confirmed: 'green', disproved: 'red', 'cannot tell yet': 'yellow' }

export function renderHypotheses(list: ShownHypotheses, style: Style): string {
  if (list.hypotheses.length === 0)
    return 'There are no hypotheses yet: whyslow hypothesis new STORY --claim "…"'
  const rows = list.hypotheses.map(one => [
    one.story,
    one.id,
    one.claim,
    { text: one.judged, paint: JUDGED[one.judged] ?? ('dim' as const) },
    `${formatTime(one.registered)} UTC`,
    formatCount(one.tests),
  ])
  const table = renderTable(
    [
      { header: 'story', shrinkTo: 12 },
      { header: 'id' },
      { header: 'claim', shrinkTo: 20 },
      { header: 'judged' },
      { header: 'registered', drop: 1 },
      { header: 'tests', align: 'right', drop: 0 },
    ],
    rows,
    style,
  )
  const { confirmed, disproved, open } = list
  const counts = `${formatCount(confirmed)} confirmed, ${formatCount(disproved)} disproved, ${formatCount(open)} open.`
  return fitCharset(style, [table, counts, wrap(style, describeBudget(list))].join('\n\n'))
}

/** What testing has cost, and whether that puts what was confirmed in doubt. */
export function describeBudget({ budget, confirmed }: Pick<ShownHypotheses, 'budget' | 'confirmed'>): string {
  const { tests, level, expectedFalse } = budget
  if (tests === 0)
    return 'Error budget: nothing is spent, since no test so far could have confirmed anything.'
  const many = tests === 1 ? '1 test' : `${formatCount(tests)} tests`
  const few = expectedFalse < 1 ? expectedFalse.toFixed(2) : expectedFalse.toFixed(1)
  const doubt =
    confirmed > 0 && expectedFalse >= confirmed / 2
      ? ' That is a good part of those that were confirmed: repeat them on new data before they are built upon.'
      : ''
  return `Error budget: ${many} in the workbook could have confirmed something, each at ${formatShare(level)}, so up to ${few} false confirmations would come by luck.${doubt}`
}
