/** What the job summaries of benchmarks are made of. */
import type { Warning } from '../../warnings.js'
import { escapeMarkdown, markdownBlock } from '../markdown.js'

export function heading(scenario: string, outcome: string): string {
  return `## Benchmark ${escapeMarkdown(scenario)}: ${outcome}`
}

/** Nothing without a body. */
export function section(title: string, body: string): string {
  return body === '' ? '' : `### ${title}\n\n${body}`
}

export function join(parts: readonly string[]): string {
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

/** Of Markdown. */
export function list(lines: readonly string[]): string {
  return lines.map(line => `- ${line}`).join('\n')
}

export function renderWarnings(warnings: readonly Warning[]): string {
  const lines = warnings.map(({ message, next }) =>
    next === undefined ? escapeMarkdown(message) : `${escapeMarkdown(message)} → ${escapeMarkdown(next)}`,
  )
  return section('Warnings', list(lines))
}

export function renderCommand(command: string): string {
  return section('To see it again', markdownBlock(command, 'sh'))
}
