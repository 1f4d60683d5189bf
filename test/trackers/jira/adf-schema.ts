import { readFileSync } from 'node:fs'
import draft4 from 'ajv-draft-04'

const schema = JSON.parse(readFileSync(new URL('adf-schema/full.json', import.meta.url), 'utf8'))
// The package is CommonJS: its class is the default of its default.
const Ajv = (draft4 as unknown as { default?: typeof draft4 }).default ?? draft4
const validate = new (Ajv as never as new (options: object) => { compile: (schema: object) => Validate })({
  strict: false,
}).compile(schema)

interface Validate {
  (document: unknown): boolean
  errors?: { instancePath: string; message?: string }[] | null
}

/** What Atlassian's schema has against a document; none: it is valid. */
export function findAdfErrors(document: unknown): string[] {
  if (validate(document)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
