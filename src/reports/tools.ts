/** The profiling tools of this machine. */
import { escapeTerminal } from './escape.js'
import { fitCharset, type Style, wrap } from './style.js'
import { renderTable } from './table.js'

export interface ShownTool {
  name: string
  measures: string
  version: string | null
  from: string | null
  get: string[]
  note: string | null
}

export function renderTools(tools: readonly ShownTool[], style: Style): string {
  const rows = tools.map(tool => [
    tool.name,
    tool.from === null ? 'missing' : (tool.version ?? 'installed'),
    tool.from ?? '–',
    tool.measures,
  ])
  const table = renderTable(
    [
      { header: 'tool' },
      { header: 'version' },
      { header: 'from' },
      { header: 'measures', drop: 1, shrinkTo: 30 },
    ],
    rows,
    style,
  )
  const byAdvice = new Map<string, string[]>()
  for (const { name, get, from } of tools) {
    if (from === null) byAdvice.set(get.join('\n'), [...(byAdvice.get(get.join('\n')) ?? []), name])
  }
  const advice = [...byAdvice].map(([get, names]) => {
    const lines = get.split('\n').map(line => wrap(style, `  → ${escapeTerminal(line)}`))
    return [escapeTerminal(`To get ${names.join(', ')}:`), ...lines].join('\n')
  })
  const notes = tools.flatMap(({ name, note }) =>
    note === null ? [] : [wrap(style, escapeTerminal(`${name}: ${note}`))],
  )
  return fitCharset(style, [table, ...notes, ...advice].join('\n\n'))
}
