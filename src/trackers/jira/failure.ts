/** What Jira, or the way to it, answered in place of what was asked for; as an error that says what to do. */
import { WhyslowError } from '../../errors.js'

export type Flavour = 'cloud' | 'datacenter'

interface FailureDetails {
  status: number | null
  mayHaveWorked: boolean
  isTimeOut?: boolean
  next: string[]
  exit: 2 | 4
  cause?: unknown
}

export class JiraFailure extends WhyslowError {
  /** Null: no answer came. */
  readonly status: number | null
  /** Whether what was asked for may have been done all the same. */
  readonly mayHaveWorked: boolean
  /** Jira may still be at it. */
  readonly isTimeOut: boolean

  constructor(message: string, details: FailureDetails) {
    super(message, details)
    this.status = details.status
    this.mayHaveWorked = details.mayHaveWorked
    this.isTimeOut = details.isTimeOut ?? false
  }
}

export interface Asked {
  method: string
  /** Without the site. */
  path: string
  site: string
  flavour: Flavour
}

/** Of an answer that says no. `body` is as it came. */
export function describeAnswer(asked: Asked, status: number, body: string): JiraFailure {
  const said = readSaid(body)
  const head = `Jira answered ${status} to ${asked.method} ${asked.path}`
  const { next, exit } = adviseOn(status, asked)
  return new JiraFailure(said === '' ? `${head}.` : `${head}: ${said}`, {
    status,
    mayHaveWorked: status >= 500,
    next,
    exit,
  })
}

/** `errors` by field and `errorMessages`, as Jira gives them; the beginning of another text. Pages are left out. */
function readSaid(body: string): string {
  const parts: string[] = []
  try {
    const { errorMessages, errors, message } = JSON.parse(body) as Record<string, unknown>
    if (Array.isArray(errorMessages)) parts.push(...errorMessages.map(String))
    if (typeof errors === 'object' && errors !== null)
      parts.push(...Object.entries(errors).map(([field, text]) => `${field}: ${String(text)}`))
    if (typeof message === 'string') parts.push(message)
  } catch {
    if (!/^\s*</.test(body)) parts.push(body)
  }
  return parts.join(' ').replace(/\s+/g, ' ').trim().slice(0, 500)
}

function adviseOn(status: number, { site, flavour }: Asked): { next: string[]; exit: 2 | 4 } {
  if (status === 400 || status === 422)
    return {
      next: [
        'Compare project, issueType and fields under trackers.jira in whyslow.yaml with what the project takes.',
      ],
      exit: 2,
    }
  if (status === 401)
    return {
      next: [
        flavour === 'cloud'
          ? 'Set JIRA_EMAIL and JIRA_API_TOKEN, a token from id.atlassian.com of the account with that e-mail address.'
          : 'Set JIRA_TOKEN, a personal access token of this Jira that hasn’t expired.',
      ],
      exit: 2,
    }
  if (status === 403)
    return {
      next: [
        'The account needs the permissions Browse projects, Create issues, Edit issues, Add comments, Create attachments and Link issues in the project.',
      ],
      exit: 2,
    }
  if (status === 404)
    return {
      next: [
        `Check that ${site} is the site, and that the account may see the project and the ticket: Jira answers 404 for what it hides, too.`,
      ],
      exit: 2,
    }
  if (status === 410)
    return {
      next: [`This Jira no longer has it. Is flavour: ${flavour} right for ${site}?`],
      exit: 4,
    }
  if (status === 413) return { next: ['A file or text is larger than this Jira takes.'], exit: 2 }
  if (status === 429) return { next: ['Jira limits how much is asked of it. Try again later.'], exit: 4 }
  if (status >= 300 && status < 400)
    return {
      next: [`Check trackers.jira.site in whyslow.yaml: ${site} sends on to another address.`],
      exit: 2,
    }
  return {
    next: ['Try again later: what was written is found again, and nothing is written twice.'],
    exit: 4,
  }
}

/** Of an answer that is no JSON although it says yes: a page to log in, mostly. */
export function describePage(asked: Asked): JiraFailure {
  return new JiraFailure(`Jira answered ${asked.method} ${asked.path} with something that is no JSON.`, {
    status: 200,
    mayHaveWorked: true,
    next: [`Check that ${asked.site} is the site, with its path if it has one, and no page to log in.`],
    exit: 4,
  })
}

const NOT_REACHED = ['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']

/** Of a request that rejected. Undefined for an error that isn't the network's. */
export function describeRejection(asked: Asked, error: unknown): JiraFailure | undefined {
  if (!(error instanceof Error)) return undefined
  const isTimeOut = error.name === 'TimeoutError'
  if (!isTimeOut && !(error instanceof TypeError)) return undefined
  const code = readCode(error.cause)
  const reason = isTimeOut ? 'it took too long' : (code ?? 'the connection was cut')
  const isRefused = code !== null && (NOT_REACHED.includes(code) || /CERT|SSL|TLS|SIGNATURE/.test(code))
  return new JiraFailure(`No answer from ${asked.site} to ${asked.method} ${asked.path}: ${reason}.`, {
    status: null,
    mayHaveWorked: !isRefused,
    isTimeOut,
    next: [
      isRefused
        ? 'Check trackers.jira.site in whyslow.yaml, and HTTPS_PROXY and NO_PROXY if there is a proxy.'
        : 'Try again: what was written is found again, and nothing is written twice.',
    ],
    exit: 4,
    cause: error,
  })
}

function readCode(cause: unknown): string | null {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return null
  return typeof cause.code === 'string' ? cause.code : null
}
