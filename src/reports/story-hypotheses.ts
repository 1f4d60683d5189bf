/** What was suspected in a story: each claim with what it predicts, its sides, and every test of it. Disproved ones stay. */
import { judgementOf } from '../stories/hypotheses.js'
import type { StoryHypothesis, StoryResult } from '../stories/schema.js'
import { formatCount } from '../units.js'
import { describeChange, describePrediction } from './hypothesis-words.js'
import { fitCharset, type Paint, paint, plain, type Style, wrap } from './style.js'
import { formatTime } from './times.js'

const JUDGED: Record<StoryResult['judged'], Paint> = {
  confirmed: 'green',
  disproved: 'red',
  'cannot tell yet': 'yellow',
}
const INDENT = '    '

/** The newest first. */
export function renderStoryHypotheses(
  id: string,
  hypotheses: readonly StoryHypothesis[],
  style: Style,
): string {
  if (hypotheses.length === 0) {
    return wrap(
      style,
      plain(style, `There is no hypothesis yet: whyslow hypothesis new ${id} --claim "…"`),
      '  ',
    )
  }
  const parts = hypotheses.toReversed().map(hypothesis => renderHypothesis(id, hypothesis, style))
  return fitCharset(style, parts.join('\n\n'))
}

function renderHypothesis(story: string, hypothesis: StoryHypothesis, style: Style): string {
  const { id, claim, results, registered, watch } = hypothesis
  const state = judgementOf(hypothesis) ?? (results.length > 0 ? 'cannot tell yet' : null)
  const verdict = state === null ? paint(style, 'dim', 'not tested yet') : paint(style, JUDGED[state], state)
  const narrower = { ...style, width: style.width - INDENT.length }
  const line = (name: string, text: string) =>
    wrap(narrower, `${paint(style, 'dim', name)} ${plain(style, text)}`, '  ').replace(/^/gm, INDENT)
  const command =
    results.findLast(result => result.command !== null)?.command ??
    `whyslow hypothesis test ${story} --hypothesis ${id}`
  return [
    wrap(style, `${plain(style, id)}  ${verdict}  ${paint(style, 'bold', plain(style, claim))}`, INDENT),
    line('predicted', `${describePrediction(hypothesis)} (${hypothesis.design})`),
    ...describeSides(hypothesis).map(([name, text]) => line(name, text)),
    line('registered', `${formatTime(registered)} UTC`),
    ...(watch === null ? [] : [line('watched', `${formatCount(watch.looks)} looks that count`)]),
    ...results.toReversed().map(result => line('tested', describeResult(result, hypothesis))),
    paint(style, 'cyan', wrap(narrower, plain(style, `→ ${command}`), '  ').replace(/^/gm, INDENT)),
  ].join('\n')
}

function describeSides({ before, after }: StoryHypothesis): [name: string, text: string][] {
  const sides: [string, StoryHypothesis['before']][] = [
    ['before', before],
    ['after', after],
  ]
  return sides.flatMap(([name, { where, from, to }]): [string, string][] => {
    const facts = [
      where && `where ${where}`,
      from && `from ${formatTime(from)}`,
      to && `to ${formatTime(to)}`,
    ].filter(fact => fact)
    return facts.length === 0 ? [] : [[name, facts.join(', ')]]
  })
}

function describeResult(result: StoryResult, hypothesis: StoryHypothesis): string {
  const kind = result.exploratory ? ', exploratory' : ''
  const looks = result.looks === null ? '' : `, over ${formatCount(result.looks)} looks`
  return `${formatTime(result.at)} UTC: ${result.judged}${kind}${looks}: ${describeChange(result, hypothesis)}`
}
