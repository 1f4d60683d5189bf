/** What `init` made, as text. */
import type { CreatedWorkbook } from '../workbook/workbook.js'
import { paint, plain, type Style } from './style.js'

const PURPOSE: Record<string, string> = {
  'whyslow.yaml': 'what your team decides about its numbers: targets, who a customer is',
  'stories/': 'one folder for each performance issue',
  '.whyslow/': 'what you import; git ignores it',
}

/** `shown` is how the folder is named to this user: `.` for the one that they are in. */
export function renderInit(workbook: CreatedWorkbook, shown: string, style: Style): string {
  const name = shown === '.' ? 'this folder' : shown
  const added = workbook.isNew ? workbook.created : workbook.created.filter(file => file !== 'whyslow.yaml')
  const head = workbook.isNew
    ? `Made a workbook in ${name}.`
    : `There is a workbook in ${name} already; ${added.length === 0 ? 'nothing in it was changed.' : 'what was missing was added:'}`
  const width = Math.max(0, ...added.map(file => file.length))
  const lines = added.map(file =>
    `  ${file.padEnd(width)}  ${paint(style, 'dim', PURPOSE[file] ?? '')}`.trimEnd(),
  )
  return [plain(style, head), ...lines, '', `Next: ${nextCommand(shown, style)}`].join('\n')
}

function nextCommand(shown: string, style: Style): string {
  return paint(
    style,
    'bold',
    plain(style, shown === '.' ? 'whyslow import access.log' : `cd ${shown} && whyslow import access.log`),
  )
}
