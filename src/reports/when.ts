/** When requests were not good: the hours of the week, the days, and whether it is always so, in sentences. */
import type { Look } from '../evidence/look.js'
import { describeChanges, describeMissed } from './changes.js'
import { renderDays } from './strips.js'
import { paint, plain, type Style, wrap } from './style.js'
import { renderWeek } from './week-map.js'

export function renderWhen(look: Look, timezone: string, style: Style): string {
  if (look.underShare === null) return 'No request counts.'
  const note = plain(style, `requests that were not good; ${timezone}`)
  const sentences = [describeMissed(look.missed), ...describeChanges(look.changes)]
  return [
    `${paint(style, 'bold', 'Hours of the week')}  ${paint(style, 'dim', note)}\n${renderWeek(look.week, style)}`,
    `${paint(style, 'bold', 'Days')}\n${renderDays(look.days, style)}`,
    sentences.map(sentence => wrap(style, plain(style, sentence))).join('\n'),
  ].join('\n\n')
}
