/**
 * GitHub, as far as whyslow needs it: a server that holds issues, checks each request against the published contract, and can be told to
 * fail.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkAnswer, checkRequest } from './check-contract.js'

export interface HeldIssue {
  id: number
  number: number
  title: string
  body: string | null
  labels: string[]
  state: 'open' | 'closed'
  state_reason: string | null
  closed_at: string | null
  assignees: string[]
  isPull: boolean
  /** The number of its parent. */
  parent: number | null
  comments: { id: number; body: string; created_at: string }[]
}

export interface Fault {
  /** `POST /issues`: the method, and the end of the path. */
  on: string
  /** How many requests pass before; 0 by default. */
  after?: number
  /** How many fail; 1 by default. */
  times?: number
  /** The write takes effect all the same. */
  isDone?: boolean
  answer:
    | { status: number; headers?: Record<string, string>; body?: unknown }
    | 'cut'
    | 'cut-body'
    | { slow_ms: number }
}

export interface GitHubServer {
  api: string
  issues: HeldIssue[]
  /** In their order: `GET /repos/acme/web/issues?state=all`. */
  requests: { text: string; body: unknown; headers: IncomingMessage['headers'] }[]
  /** Against the contract. */
  violations: string[]
  faults: Fault[]
  settings: {
    pageSize: number
    dropsLabels: boolean
    hasSubIssues: boolean
    moved: Map<number, number>
    deleted: Set<number>
  }
  /** Of requests that change something, those that were sent since. */
  writes: () => string[]
  add: (issue: Partial<HeldIssue>) => HeldIssue
  close: () => Promise<void>
}

const REPO = '/repos/acme/web'
export const TOKEN = 'github_pat_11SECRETSECRETSECRET'

export async function startGitHub(): Promise<GitHubServer> {
  const held: GitHubServer = {
    api: '',
    issues: [],
    requests: [],
    violations: [],
    faults: [],
    settings: { pageSize: 2, dropsLabels: false, hasSubIssues: true, moved: new Map(), deleted: new Set() },
    writes: () => held.requests.filter(({ text }) => !text.startsWith('GET ')).map(({ text }) => text),
    add: issue => {
      const number = Math.max(0, ...held.issues.map(one => one.number)) + 1
      const made: HeldIssue = {
        id: 1_000_000 + number,
        number,
        title: 'An issue',
        body: null,
        labels: [],
        state: 'open',
        state_reason: null,
        closed_at: null,
        assignees: [],
        isPull: false,
        parent: null,
        comments: [],
        ...issue,
      }
      held.issues.push(made)
      return made
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  const server = createServer((request, response) => {
    handle(held, request, response).catch(error => {
      if (!response.destroyed) held.violations.push(String(error))
      response.destroy()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  held.api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return held
}

interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

async function handle(held: GitHubServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url!, held.api)
  const method = request.method!
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const body = text === '' ? undefined : JSON.parse(text)
  held.requests.push({ text: `${method} ${url.pathname}${url.search}`, body, headers: request.headers })
  if (request.headers.authorization !== `token ${TOKEN}`)
    return send(response, refuse(401, 'Bad credentials'))
  held.violations.push(...checkRequest({ method, url, body }))

  const fault = takeFault(held, method, url.pathname)
  if (
    fault === undefined ||
    fault.isDone ||
    (typeof fault.answer === 'object' && 'slow_ms' in fault.answer)
  ) {
    const answer = act(held, method, url, body)
    held.violations.push(...checkAnswer({ method, url, body: answer.body }, answer.status))
    if (fault === undefined) return send(response, answer)
    if (typeof fault.answer === 'object' && 'slow_ms' in fault.answer) {
      await sleep(fault.answer.slow_ms)
      return send(response, answer)
    }
    if (fault.answer === 'cut-body') {
      const whole = JSON.stringify(answer.body)
      response.writeHead(answer.status, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': whole.length,
      })
      response.write(whole.slice(0, 40))
      await sleep(20)
      return void response.destroy()
    }
  }
  if (typeof fault.answer === 'string') return void request.socket.destroy()
  if ('status' in fault.answer) send(response, { body: { message: 'Told to fail' }, ...fault.answer })
}

function takeFault(held: GitHubServer, method: string, path: string): Fault | undefined {
  const fault = held.faults.find(({ on }) => on.startsWith(`${method} `) && path.endsWith(on.split(' ')[1]!))
  if (fault === undefined) return undefined
  if ((fault.after ?? 0) > 0) {
    fault.after! -= 1
    return undefined
  }
  fault.times = (fault.times ?? 1) - 1
  if (fault.times === 0) held.faults.splice(held.faults.indexOf(fault), 1)
  return fault
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

const refuse = (status: number, message: string, more: object = {}): Answer => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', ...more },
})

function act(held: GitHubServer, method: string, url: URL, body: unknown): Answer {
  const path = url.pathname.startsWith(`${REPO}/`) ? url.pathname.slice(REPO.length) : null
  if (path === null) return refuse(404, 'Not Found')
  if (path === '/issues') return method === 'GET' ? list(held, url) : create(held, body)
  const [, digits, rest = ''] = /^\/issues\/(\d+)(\/.*)?$/.exec(path) ?? []
  const number = Number(digits)
  const moved = held.settings.moved.get(number)
  if (moved !== undefined)
    return {
      ...refuse(301, 'Moved Permanently'),
      headers: { location: `${held.api}${REPO}/issues/${moved}${rest}` },
    }
  if (held.settings.deleted.has(number)) return refuse(410, 'This issue was deleted')
  const issue = held.issues.find(one => one.number === number)
  if (issue === undefined) return refuse(404, 'Not Found')
  const data = (body ?? {}) as { body?: string; labels?: string[]; sub_issue_id?: number }
  switch (`${method} ${rest}`) {
    case 'GET ':
      return { status: 200, body: show(held, issue) }
    case 'PATCH ':
      if (tooLong(data.body)) return tooLong(data.body)!
      Object.assign(issue, data)
      return { status: 200, body: show(held, issue) }
    case 'GET /comments':
      return page(
        held,
        url,
        issue.comments.map(comment => showComment(held, issue, comment)),
      )
    case 'POST /labels':
      if (held.settings.dropsLabels) return refuse(403, 'Must have triage rights to Repository.')
      issue.labels = [...new Set([...issue.labels, ...(data.labels ?? [])])]
      return { status: 200, body: issue.labels.map(name => showLabel(held, name)) }
    case 'GET /sub_issues':
      if (!held.settings.hasSubIssues) return refuse(404, 'Not Found')
      return page(
        held,
        url,
        held.issues.filter(one => one.parent === number).map(one => show(held, one)),
      )
    case 'POST /sub_issues': {
      const child = held.issues.find(one => one.id === data.sub_issue_id)
      if (child === undefined) return refuse(404, 'Not Found')
      if (child.parent !== null)
        return refuse(422, 'Validation Failed', { errors: ['Issue may not contain duplicate sub-issues'] })
      child.parent = number
      return { status: 201, body: show(held, issue) }
    }
    default:
      return refuse(404, 'Not Found')
  }
}

function list(held: GitHubServer, url: URL): Answer {
  const { searchParams: query } = url
  const labels = query.get('labels')?.split(',') ?? []
  const found = held.issues
    .filter(({ state }) => query.get('state') === 'all' || state === (query.get('state') ?? 'open'))
    .filter(issue => labels.every(label => issue.labels.includes(label)))
    .sort((a, b) => (a.number - b.number) * (query.get('direction') === 'asc' ? 1 : -1))
  return page(
    held,
    url,
    found.map(issue => show(held, issue)),
  )
}

function page(held: GitHubServer, url: URL, all: readonly unknown[]): Answer {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), held.settings.pageSize)
  const at = Number(url.searchParams.get('page') ?? 1)
  const next = new URL(url)
  next.searchParams.set('page', String(at + 1))
  const hasNext = at * size < all.length
  return {
    status: 200,
    body: all.slice((at - 1) * size, at * size),
    ...(hasNext ? { headers: { link: `<${next.href}>; rel="next", <${next.href}>; rel="last"` } } : {}),
  }
}

function tooLong(body: unknown): Answer | null {
  const isTooLong = typeof body === 'string' && [...body].length > 65_536
  const errors = [
    {
      resource: 'Issue',
      code: 'custom',
      field: 'body',
      message: 'body is too long (maximum is 65536 characters)',
    },
  ]
  return isTooLong ? refuse(422, 'Validation Failed', { errors }) : null
}

function create(held: GitHubServer, data: unknown): Answer {
  const { title, body, labels } = data as { title: string; body: string; labels: string[] }
  if (tooLong(body)) return tooLong(body)!
  if (title.length > 256 || labels.some(label => label.length > 50))
    return refuse(422, 'Validation Failed', {
      errors: [
        {
          resource: 'Issue',
          field: 'title',
          code: 'custom',
          message: 'title is too long (maximum is 256 characters)',
        },
      ],
    })
  const issue = held.add({ title, body, labels: held.settings.dropsLabels ? [] : labels })
  return { status: 201, body: show(held, issue) }
}

const USER = {
  login: 'octocat',
  id: 1,
  node_id: 'U1',
  avatar_url: '',
  gravatar_id: '',
  url: '',
  html_url: '',
  followers_url: '',
  following_url: '',
  gists_url: '',
  starred_url: '',
  subscriptions_url: '',
  organizations_url: '',
  repos_url: '',
  events_url: '',
  received_events_url: '',
  type: 'User',
  site_admin: false,
}
const TIME = '2026-10-05T10:00:00Z'

function showLabel(held: GitHubServer, name: string) {
  return {
    id: 1,
    node_id: 'L1',
    url: `${held.api}${REPO}/labels/${name}`,
    name,
    description: null,
    color: 'ededed',
    default: false,
  }
}

function showComment(
  held: GitHubServer,
  issue: HeldIssue,
  { id, body, created_at }: HeldIssue['comments'][number],
) {
  const url = `${held.api}${REPO}/issues/comments/${id}`
  return {
    id,
    node_id: 'C1',
    url,
    html_url: url,
    issue_url: `${held.api}${REPO}/issues/${issue.number}`,
    body,
    user: USER,
    created_at,
    updated_at: created_at,
    author_association: 'MEMBER',
  }
}

function show(held: GitHubServer, issue: HeldIssue) {
  const url = `${held.api}${REPO}/issues/${issue.number}`
  return {
    id: issue.id,
    node_id: `I${issue.id}`,
    url,
    repository_url: `${held.api}${REPO}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `https://github.com/acme/web/issues/${issue.number}`,
    number: issue.number,
    state: issue.state,
    state_reason: issue.state_reason,
    title: issue.title,
    body: issue.body,
    user: USER,
    labels: issue.labels.map(name => showLabel(held, name)),
    assignee: null,
    assignees: issue.assignees.map(login => ({ ...USER, login })),
    milestone: null,
    locked: false,
    comments: issue.comments.length,
    closed_at: issue.closed_at,
    created_at: TIME,
    updated_at: TIME,
    author_association: 'MEMBER',
    ...(issue.isPull ? { pull_request: { url: '', html_url: '', diff_url: '', patch_url: '' } } : {}),
  }
}
