/** Code that measures a suspect inside a service, one line or span a request, and the import that takes its data. */
import { fileURLToPath } from 'node:url'
import { readTextFile } from '../workbook/read-text.js'

export const SNIPPETS = ['node', 'ndjson', 'otlp'] as const
type SnippetKind = (typeof SNIPPETS)[number]

export interface Snippet {
  kind: SnippetKind
  code: string
  /** Where it writes to. */
  file: string
  /** The command that takes what it writes. */
  import: string
  /** Of the requests that didn't run the suspect, and of those that did. Requests of other logs, which don't say, are on neither side. */
  sides: { without: string; with: string }
}

const WRITTEN_TO: Record<SnippetKind, string> = {
  node: 'suspect.ndjson',
  ndjson: 'suspect.ndjson',
  otlp: 'traces.jsonl',
}

export async function printSnippet(kind: SnippetKind, suspect: string): Promise<Snippet> {
  const name = nameAttribute(suspect)
  const template = await readTextFile(
    fileURLToPath(new URL(`../../templates/suspect/${kind}.txt`, import.meta.url)),
  )
  // It stands in a comment of one line.
  const title = suspect.replaceAll(/\s+/g, ' ')
  return {
    kind,
    code: template.replaceAll('{{name}}', name).replaceAll('{{title}}', () => title),
    file: WRITTEN_TO[kind],
    import: `whyslow import --follow ${WRITTEN_TO[kind]}`,
    sides: { without: `attrs.${name}_calls = '0'`, with: `attrs.${name}_calls <> '0'` },
  }
}

/** Lower case, so that it needs no quotes in SQL. */
function nameAttribute(suspect: string): string {
  const name = suspect
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return /^[a-z]/.test(name) ? name : `suspect${name === '' ? '' : `_${name}`}`
}
