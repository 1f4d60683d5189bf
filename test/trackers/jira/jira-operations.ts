/** The operations of REST v3 (Cloud) and v2 (Data Center), each checked with the schemas of jira.js and Atlassian's of ADF. */
import {
  AttachmentSchema,
  CommentSchema,
  CreatedIssueSchema,
  EntityPropertySchema,
  IssueSchema,
  IssueUpdateDetailsSchema,
  LinkIssueRequestJsonSchema,
  PageOfCommentsSchema,
  SearchAndReconcileResultsSchema,
} from 'jira.js/cloud'
import { z } from 'zod'
import { readAdfText } from '../../../src/trackers/jira/adf.js'
import { findAdfErrors } from './adf-schema.js'
import type { SeenRequest } from './jira-server.js'
import type { JiraState, StoredComment, StoredIssue } from './jira-state.js'

export const EMAIL = 'ana@acme.example'
export const TOKEN = 'ATATT-secret-token'

interface Answer {
  status: number
  body?: unknown
}

class Refusal extends Error {
  readonly answer: Answer
  constructor(status: number, errors: Record<string, string>, errorMessages: string[] = []) {
    super(errorMessages.join())
    this.answer = { status, body: { errorMessages, errors } }
  }
}

export async function answerJira(state: JiraState, request: SeenRequest): Promise<Answer> {
  const isCloud = state.options.flavour === 'cloud'
  const expected = isCloud
    ? `Basic ${Buffer.from(`${EMAIL}:${TOKEN}`).toString('base64')}`
    : `Bearer ${TOKEN}`
  if (request.headers.authorization !== expected)
    return { status: 401, body: { errorMessages: ['You do not have permission.'], errors: {} } }
  const base = isCloud ? '/rest/api/3' : '/rest/api/2'
  if (!request.path.startsWith(`${base}/`)) return { status: 404, body: 'null for uri' }
  const parts = request.path.slice(base.length + 1).split('/')
  try {
    const answer = await route(state, request, parts)
    if (answer) return answer
    state.problems.push(`no such operation: ${request.method} ${request.path}`)
    return { status: 405, body: {} }
  } catch (error) {
    if (error instanceof Refusal) return error.answer
    throw error
  }
}

async function route(
  state: JiraState,
  request: SeenRequest,
  [first, key = '', third, fourth]: string[],
): Promise<Answer | undefined> {
  const { method } = request
  if (first === 'search') return method === 'GET' ? search(state, request, key) : undefined
  if (first === 'comment' && third === 'properties') return commentProperty(state, key, fourth!)
  if (first === 'issueLink') return method === 'POST' ? link(state, request) : undefined
  if (first !== 'issue') return undefined
  if (key === '') return method === 'POST' ? create(state, request) : undefined
  const issue = state.issues.get(key)
  if (!issue) throw new Refusal(404, {}, ['Issue does not exist or you do not have permission to see it.'])
  if (third === undefined) return method === 'GET' ? readIssue(state, request, issue) : edit(request, issue)
  if (third === 'properties') return property(request, issue, fourth!)
  if (third === 'attachments') return attach(state, request, issue)
  if (third === 'comment')
    return method === 'GET' ? listComments(state, request, issue) : comment(state, request, issue, fourth)
  return undefined
}

function create(state: JiraState, request: SeenRequest): Answer {
  const { fields = {}, properties = [] } = check(IssueUpdateDetailsSchema, readJson(request))
  const { description, ...others } = fields
  if (others.project?.key !== 'ABC') throw new Refusal(400, { project: 'valid project is required' })
  if (others.issuetype?.name !== 'Bug')
    throw new Refusal(400, { issuetype: 'The issue type selected is invalid.' })
  if (typeof others.summary !== 'string' || others.summary === '' || others.summary.length > 255)
    throw new Refusal(400, { summary: 'Summary must be between 1 and 255 characters.' })
  for (const label of others.labels ?? [])
    if (/\s/.test(label)) throw new Refusal(400, { labels: `The label '${label}' contains spaces` })
  checkNumbers(others)
  checkText(state, description, 'description')
  const kept = state.options.takesProperties ? properties : []
  const issue = state.addIssue(others, description, kept as { key: string; value: unknown }[])
  const body = { id: issue.id, key: issue.key, self: `${state.site}/rest/api/3/issue/${issue.id}` }
  return { status: 201, body: check(CreatedIssueSchema, body) }
}

function edit(request: SeenRequest, issue: StoredIssue): Answer {
  const { fields = {}, update = {} } = check(IssueUpdateDetailsSchema, readJson(request))
  checkNumbers(fields)
  Object.assign(issue.fields, fields)
  for (const { add } of (update.labels as { add: string }[] | undefined) ?? []) issue.fields.labels.push(add)
  for (const { add } of (update.components as { add: { name: string } }[] | undefined) ?? [])
    issue.fields.components.push(add)
  return { status: 204 }
}

function checkNumbers(fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields))
    if (name === 'customfield_404')
      throw new Refusal(400, {
        [name]: `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`,
      })
    else if (name.startsWith('customfield_') && typeof value !== 'number')
      throw new Refusal(400, { [name]: 'Operation value must be a number' })
}

function readIssue(state: JiraState, { query }: SeenRequest, issue: StoredIssue): Answer {
  const asked = query.get('fields')?.split(',') ?? []
  const all: Record<string, unknown> = {
    ...issue.fields,
    issuelinks: state.linksOf(issue.key),
    attachment: issue.attachments.map(({ id, filename, type }) => ({ id, filename, mimeType: type })),
  }
  const fields = Object.fromEntries(Object.entries(all).filter(([name]) => asked.includes(name)))
  return { status: 200, body: check(IssueSchema, { id: issue.id, key: issue.key, fields }) }
}

function property(request: SeenRequest, issue: StoredIssue, name: string): Answer {
  if (request.method === 'PUT') {
    const isNew = !issue.properties.has(name)
    issue.properties.set(name, readJson(request))
    return { status: isNew ? 201 : 200 }
  }
  if (!issue.properties.has(name))
    throw new Refusal(404, {}, [`The property with key ${name} does not exist.`])
  const body = { key: name, value: issue.properties.get(name) }
  return { status: 200, body: check(EntityPropertySchema, body) }
}

function search(state: JiraState, { query }: SeenRequest, kind: string): Answer {
  const { lag_ms, pageSize, flavour } = state.options
  if ((kind === 'jql') !== (flavour === 'cloud'))
    throw new Refusal(410, {}, ['The requested API has been removed.'])
  const jql = /^project = "(\w+)" AND labels = "([^"]+)" ORDER BY created ASC$/.exec(query.get('jql') ?? '')
  if (!jql) throw new Refusal(400, {}, ['Error in the JQL Query'])
  if (jql[1] !== 'ABC')
    throw new Refusal(400, {}, [`The value '${jql[1]}' does not exist for the field 'project'.`])
  const indexed = [...state.issues.values()].filter(
    ({ fields, made_ms }) => fields.labels.includes(jql[2]!) && performance.now() - made_ms >= lag_ms,
  )
  const start = Number(query.get('nextPageToken') ?? query.get('startAt') ?? 0)
  const issues = indexed
    .slice(start, start + pageSize)
    .map(({ id, key, fields }) => ({ id, key, fields: { created: fields.created } }))
  if (flavour === 'datacenter')
    return { status: 200, body: { issues, startAt: start, total: indexed.length } }
  const end = start + pageSize
  const body = { issues, ...(end < indexed.length ? { nextPageToken: String(end) } : { isLast: true }) }
  return { status: 200, body: check(SearchAndReconcileResultsSchema, body) }
}

function link(state: JiraState, request: SeenRequest): Answer {
  const { type, inwardIssue, outwardIssue } = check(LinkIssueRequestJsonSchema, readJson(request))
  if (type?.name !== 'Relates')
    throw new Refusal(404, {}, [`No issue link type with name '${type?.name}' found.`])
  for (const key of [inwardIssue?.key, outwardIssue?.key])
    if (!state.issues.has(key!)) throw new Refusal(404, {}, ['Issue does not exist.'])
  state.links.push({ type: type.name, inward: inwardIssue!.key!, outward: outwardIssue!.key! })
  return { status: 201 }
}

function listComments(state: JiraState, { query }: SeenRequest, { comments }: StoredIssue): Answer {
  const startAt = Number(query.get('startAt') ?? 0)
  const maxResults = Math.min(Number(query.get('maxResults') ?? 50), state.options.pageSize)
  const page = comments
    .slice(startAt, startAt + maxResults)
    .map(({ properties, ...comment }) =>
      query.get('expand') === 'properties' && state.options.listsProperties
        ? { ...comment, properties }
        : comment,
    )
  const body = { comments: page, startAt, maxResults, total: comments.length }
  if (state.options.flavour === 'cloud') check(PageOfCommentsSchema, body)
  return { status: 200, body }
}

function commentProperty(state: JiraState, id: string, name: string): Answer {
  const comments = [...state.issues.values()].flatMap(issue => issue.comments)
  const found = comments.find(comment => comment.id === id)?.properties.find(({ key }) => key === name)
  if (!found) throw new Refusal(404, {}, [`The property with key ${name} does not exist.`])
  return { status: 200, body: check(EntityPropertySchema, found) }
}

function comment(state: JiraState, request: SeenRequest, issue: StoredIssue, id: string | undefined): Answer {
  const sent = readJson(request) as { body: unknown; properties?: StoredComment['properties'] }
  if (state.options.flavour === 'cloud') check(CommentSchema, sent)
  checkText(state, sent.body, 'comment')
  const body = normalise(sent.body)
  if (request.method === 'POST')
    return { status: 201, body: state.addComment(issue, body, sent.properties ?? []) }
  const old = issue.comments.find(other => other.id === id)
  if (!old) throw new Refusal(404, {}, ['Can not find a comment for the id.'])
  Object.assign(old, { body, properties: sent.properties ?? old.properties })
  return { status: 200, body: old }
}

/** ADF by Atlassian's schema in Cloud, wiki markup in Data Center; neither too long. */
function checkText({ options, problems }: JiraState, text: unknown, field: string): void {
  const isWiki = typeof text === 'string'
  if (isWiki !== (options.flavour === 'datacenter'))
    throw new Refusal(400, { [field]: 'Operation value must be an Atlassian Document (or a string)' })
  const errors = isWiki ? [] : findAdfErrors(text)
  if (errors.length > 0) {
    problems.push(...errors)
    throw new Refusal(400, { [field]: 'INVALID_INPUT' })
  }
  if ((isWiki ? text : readAdfText(text)).length > options.maxComment)
    throw new Refusal(400, {
      [field]: `The entered text is too long. It exceeds the allowed limit of ${options.maxComment} characters.`,
    })
}

/** As Jira does: its own attributes in ADF, marks in its own order; line ends of Windows in wiki markup. */
function normalise(body: unknown): unknown {
  if (typeof body === 'string') return body.trim().replaceAll('\n', '\r\n')
  const change = (node: Record<string, unknown>): Record<string, unknown> => ({
    ...node,
    ...(node.type === 'paragraph' ? { attrs: { localId: 'c0ffee' } } : {}),
    ...(Array.isArray(node.marks) ? { marks: [...node.marks].reverse() } : {}),
    ...(Array.isArray(node.content) ? { content: node.content.map(change) } : {}),
  })
  return change(body as Record<string, unknown>)
}

async function attach(state: JiraState, request: SeenRequest, issue: StoredIssue): Promise<Answer> {
  if (request.headers['x-atlassian-token'] !== 'no-check') return { status: 403, body: 'XSRF check failed' }
  const type = request.headers['content-type'] ?? ''
  const form = await new Response(new Uint8Array(request.body), {
    headers: { 'content-type': type },
  }).formData()
  const added = await Promise.all(
    form.getAll('file').map(async part => {
      const file = part as File
      const bytes = Buffer.from(await file.arrayBuffer())
      return { id: state.nextId(), filename: file.name, type: file.type, bytes }
    }),
  )
  issue.attachments.push(...added)
  const body = added.map(({ id, filename, type, bytes }) => ({
    id,
    filename,
    mimeType: type,
    size: bytes.length,
  }))
  return { status: 200, body: check(z.array(AttachmentSchema), body) }
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return value as T
  throw new Refusal(400, {}, [z.prettifyError(parsed.error)])
}

function readJson({ headers, body }: SeenRequest): unknown {
  if (headers['content-type'] !== 'application/json') throw new Refusal(415, {}, ['Unsupported Media Type'])
  return JSON.parse(body.toString('utf8'))
}
