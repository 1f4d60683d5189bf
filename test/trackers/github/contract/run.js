// Makes operations.json beside this file: the operations of GitHub's REST API that whyslow uses, from GitHub's own description of it, without
// its descriptions and examples, and as JSON Schema (OpenAPI's `nullable` is not).
//
//   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
//   node test/trackers/github/contract/run.js package/generated/api.github.com.json
//   npx biome check --write test/trackers/github/contract
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'

const OPERATIONS = [
  ['get', '/repos/{owner}/{repo}/issues'],
  ['post', '/repos/{owner}/{repo}/issues'],
  ['get', '/repos/{owner}/{repo}/issues/{issue_number}'],
  ['patch', '/repos/{owner}/{repo}/issues/{issue_number}'],
  ['get', '/repos/{owner}/{repo}/issues/{issue_number}/comments'],
  ['post', '/repos/{owner}/{repo}/issues/{issue_number}/labels'],
  ['get', '/repos/{owner}/{repo}/issues/{issue_number}/sub_issues'],
  ['post', '/repos/{owner}/{repo}/issues/{issue_number}/sub_issues'],
]

const api = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const definitions = {}

const resolve = node =>
  node?.$ref
    ? node.$ref
        .split('/')
        .slice(1)
        .reduce((at, name) => at[name], api)
    : node
const LEFT_OUT = ['description', 'example', 'examples', 'title', 'default', 'deprecated', 'xml']

/** `isNames`: the keys are names of properties, not words of the schema. */
function toSchema(node, isNames = false) {
  if (Array.isArray(node)) return node.map(one => toSchema(one))
  if (node === null || typeof node !== 'object') return node
  if (typeof node.$ref === 'string') {
    const name = node.$ref.split('/').at(-1)
    if (!(name in definitions)) {
      definitions[name] = {}
      definitions[name] = toSchema(resolve(node))
    }
    return { $ref: `#/definitions/${name}` }
  }
  const isWord = name => !isNames && (LEFT_OUT.includes(name) || name.startsWith('x-') || name === 'nullable')
  const kept = Object.entries(node).filter(([name]) => !isWord(name))
  const schema = Object.fromEntries(
    kept.map(([name, value]) => [name, toSchema(value, !isNames && name === 'properties')]),
  )
  if (isNames || node.nullable !== true) return schema
  return { anyOf: [schema, { type: 'null' }] }
}

const bodyOf = node => Object.values(resolve(node)?.content ?? {})[0]?.schema
const operations = OPERATIONS.map(([method, path]) => {
  const found = api.paths[path][method]
  return {
    method: method.toUpperCase(),
    path,
    parameters: found.parameters.map(resolve).map(parameter => ({
      name: parameter.name,
      in: parameter.in,
      required: parameter.required === true,
      schema: toSchema(parameter.schema),
    })),
    body: toSchema(bodyOf(found.requestBody) ?? null),
    // Of what was done. What else is answered has a message.
    answers: Object.fromEntries(
      Object.entries(found.responses).map(([status, answer]) => [
        status,
        status.startsWith('2') ? toSchema(bodyOf(answer)) : null,
      ]),
    ),
  }
})

const made = { from: `@octokit/openapi ${api.info.version}`, operations, definitions }
writeFileSync(new URL('operations.json', import.meta.url), `${JSON.stringify(made, null, 1)}\n`)
