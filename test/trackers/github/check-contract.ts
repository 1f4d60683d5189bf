/** Whether requests and answers are as GitHub describes them: see contract/run.js. */
import { readFileSync } from 'node:fs'
import AjvDraft04 from 'ajv-draft-04'

interface Operation {
  method: string
  path: string
  parameters: { name: string; in: string; required: boolean; schema: object }[]
  body: object | null
  answers: Record<string, object | null>
}

const { operations, definitions } = JSON.parse(
  readFileSync(new URL('contract/operations.json', import.meta.url), 'utf8'),
) as { operations: Operation[]; definitions: object }

const ajv = new AjvDraft04.default({
  strict: false,
  validateFormats: false,
  coerceTypes: false,
  logger: false,
})
ajv.addSchema({ id: 'github', definitions })

function check(schema: object, value: unknown, what: string): string[] {
  const text = JSON.stringify(schema).replaceAll('"#/definitions/', '"github#/definitions/')
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text))
  compiled.set(text, validate)
  if (validate(value)) return []
  return [`${what}: ${ajv.errorsText(validate.errors, { dataVar: 'it' })}`]
}
const compiled = new Map<string, ReturnType<typeof ajv.compile>>()

export interface Exchange {
  method: string
  url: URL
  body: unknown
}

/** What is wrong with a request. */
export function checkRequest({ method, url, body }: Exchange): string[] {
  const operation = findOperation(method, url.pathname)
  if (operation === undefined) return [`${method} ${url.pathname} is no operation that was described`]
  const known = operation.parameters.filter(parameter => parameter.in === 'query')
  const query = [...url.searchParams].flatMap(([name, text]) => {
    const parameter = known.find(one => one.name === name)
    if (parameter === undefined) return [`${method} ${url.pathname} has no parameter ${name}`]
    const isNumber = (parameter.schema as { type?: string }).type === 'integer'
    return check(parameter.schema, isNumber ? Number(text) : text, `${method} ${url.pathname} ${name}`)
  })
  if (operation.body === null) return [...query, ...(body === undefined ? [] : [`${method} takes no body`])]
  const strict = { ...operation.body, additionalProperties: false }
  return [
    ...query,
    ...check('properties' in strict ? strict : operation.body, body, `${method} ${url.pathname} body`),
  ]
}

/** What is wrong with an answer. */
export function checkAnswer({ method, url, body }: Exchange, status: number): string[] {
  const answers = findOperation(method, url.pathname)?.answers
  if (answers === undefined || status >= 400) return []
  if (!(status in answers)) return [`${method} ${url.pathname} never answers ${status}`]
  const schema = answers[status]
  return schema ? check(schema, body, `${method} ${url.pathname} → ${status}`) : []
}

function findOperation(method: string, path: string): Operation | undefined {
  return operations.find(
    one => one.method === method && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
}
