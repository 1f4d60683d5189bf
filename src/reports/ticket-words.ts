/** The words of a ticket: questions, prompts and states, for people who have never seen whyslow. */
import type { StoryAnswer, StoryFrontMatter, StoryQuestion, StoryStatus } from '../stories/schema.js'
import { formatCount } from '../units.js'
import { escapeMarkdown } from './markdown.js'
import { formatDay } from './times.js'

export const QUESTION_TEXT: Record<StoryQuestion, string> = {
  impact: 'How does it affect the customer?',
  customers: 'How many customers does it hit?',
  revenue: 'How much do they pay?',
  shown: 'Can we show it?',
  blocks: 'Does it block their work?',
  others: 'Does it hurt anyone else?',
  support: 'Does it make work for support?',
  churn: 'Has it made customers leave?',
}

/** What to ask for while nobody knows. */
export const INVITATION: Record<StoryQuestion, string> = {
  impact: 'What do they see, and what can’t they do? Their own words are best.',
  customers: 'Have you heard of it from one? Say who.',
  revenue: 'The plans of those you know of would help.',
  shown: 'A screenshot or a short video of it is worth a lot.',
  blocks: 'Or is there a way around it?',
  others: 'The customer’s own customers, for instance.',
  support: 'Add the tickets that you know of, and the time they took.',
  churn: 'Has anyone left, or said that they would, because of it?',
}

export const STATUS_TEXT: Record<StoryStatus, string> = {
  reported: 'reported, nobody has looked into it yet',
  framed: 'what is slow and for whom is known, why is not',
  investigating: 'somebody is looking for the cause',
  hypothesised: 'there is a suspected cause, which is being tested',
  confirmed: 'the cause is confirmed, the fix is still to be made',
  fixing: 'a fix is being made',
  measured: 'a fix is out, and what it did has been measured',
  closed: 'closed',
  dismissed: 'dismissed: nothing will be done',
}

export type Answer = Exclude<StoryAnswer, 'unknown'>

/** The value with its unit; money with its currency in front: `USD 12,400 a month`. */
export function showAnswer({ value, unit }: Answer): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return unit === null ? value : `${value} ${unit}`
  const number = Number.isInteger(value) ? formatCount(value) : String(value)
  const money = unit === null ? null : /^([A-Z]{3})\b ?(.*)$/.exec(unit)
  if (money) return `${money[1]} ${number} ${money[2]}`.trim()
  return unit === null ? number : `${number} ${value === 1 ? unit.replace(/s$/, '') : unit}`
}

/** The same as Markdown. */
export function formatAnswer(answer: Answer): string {
  const isPlain = typeof answer.value === 'number' && answer.unit === null
  return isPlain ? showAnswer(answer) : escapeMarkdown(showAnswer(answer))
}

/** `measured 2026-10-05`, `said by a person`. */
export function formatSource({ source, at }: Answer): string {
  const how = source === 'measured' ? 'measured' : 'said by a person'
  return at === null ? how : `${how} ${formatDay(at)}`
}

/** An answer in full: of a measured number, the sentence of its evidence. */
export function explainAnswer(answer: Answer, story: StoryFrontMatter): string {
  const evidence = story.evidence.find(entry => answer.evidence.includes(entry.id))
  const isNumber = typeof answer.value === 'number'
  return answer.source === 'measured' && isNumber && evidence
    ? sentence(evidence.finding)
    : sentenceOf(formatAnswer(answer))
}

/** Data as a sentence: escaped, with a capital and a full stop. */
export function sentence(text: string): string {
  return sentenceOf(escapeMarkdown(text))
}

/** The same behind a colon: without the capital. */
export function clause(text: string): string {
  return withStop(escapeMarkdown(text))
}

function sentenceOf(markdown: string): string {
  const start = /^[a-z]+(?=[\s,:]|$)/.test(markdown)
  return withStop(start ? markdown[0]!.toUpperCase() + markdown.slice(1) : markdown)
}

export function withStop(markdown: string): string {
  return /[.!?…]$/.test(markdown) ? markdown : `${markdown}.`
}
