/** What GitHub answered, and what to do about it. */
import { WhyslowError } from '../../errors.js'

/** As octokit throws it. Without an answer the status is 500, and `cause` says why. */
export interface RequestFailure {
  status: number
  message: string
  cause?: unknown
  response?: { headers: Record<string, string | number | undefined>; data: unknown }
}

export function isFailure(error: unknown): error is RequestFailure {
  return error instanceof Error && 'status' in error && typeof error.status === 'number'
}

/** Whether a write may have taken effect all the same. */
export function isUnclear(error: unknown): boolean {
  return isFailure(error) && error.status >= 500 && !(error.cause instanceof WhyslowError)
}

/** For how many seconds GitHub asks to wait; null: it doesn't. `now_ms` since 1970. */
export function pauseOf(error: unknown, now_ms: number): number | null {
  if (!isFailure(error) || ![403, 429].includes(error.status)) return null
  const headers = error.response?.headers ?? {}
  const asked = Number(headers['retry-after'])
  if (asked > 0) return asked
  if (headers['x-ratelimit-remaining'] === '0')
    return Math.max(1, Math.ceil(Number(headers['x-ratelimit-reset']) - now_ms / 1000) + 1)
  return error.status === 429 || /\bsecondary rate\b/i.test(error.message) ? 60 : null
}

export interface Attempt {
  /** Follows “GitHub could not”: `find the issue of checkout-slow`. */
  doing: string
  /** `acme/web`, `acme/web#12`. */
  what: string
  token: string
  limit_ms: number
  now_ms: number
}

/** A `WhyslowError` that never holds the token; what is no answer of GitHub's comes back as it is. */
export function explainFailure(error: unknown, attempt: Attempt): unknown {
  if (!isFailure(error)) return error
  if (error.cause instanceof WhyslowError) return error.cause
  const { message, next } = describe(error, attempt)
  const hide = (text: string) => text.replaceAll(attempt.token, '…')
  return new WhyslowError(hide(message), { next: next.map(hide), exit: 4 })
}

interface Explanation {
  message: string
  next: string[]
}

function describe(error: RequestFailure, attempt: Attempt): Explanation {
  const { doing, what } = attempt
  if (error.response === undefined) return describeSilence(error, attempt)
  const said = `GitHub said ${error.status}: ${saidBy(error)}`
  const could = `Could not ${doing}. ${said}`
  const pause = pauseOf(error, attempt.now_ms)
  if (pause !== null) {
    const until = new Date(attempt.now_ms + pause * 1000).toISOString().slice(11, 16)
    return {
      message: could,
      next: [`Export again after ${until} UTC: GitHub takes no more requests until then.`],
    }
  }
  switch (error.status) {
    case 401:
      return {
        message: could,
        next: ['Set GITHUB_TOKEN to a token that is valid, or run gh auth login.'],
      }
    case 403:
      return { message: could, next: describeScopes(error) }
    case 404:
      return {
        message: could,
        next: [
          `Check that ${what} exists, and that the token may see it: GitHub says 404 for both.`,
          'A fine-grained token names its repositories; one of an organisation with SSO must be authorised for it.',
        ],
      }
    case 410:
      return /disabled/i.test(error.message)
        ? { message: could, next: [`Turn issues on in the settings of ${what}.`] }
        : {
            message: could,
            next: [
              `If ${what} was deleted: remove it from the links of the story, and the next export makes a new issue.`,
            ],
          }
    default:
      return {
        message: could,
        next:
          error.status >= 500
            ? ['Export again later: what was written is found again. https://www.githubstatus.com']
            : ['Nothing of this is known to whyslow: the answer of GitHub says what it did not take.'],
      }
  }
}

function describeSilence(error: RequestFailure, { doing, limit_ms }: Attempt): Explanation {
  const cause = error.cause instanceof Error ? error.cause : undefined
  if (cause?.name === 'TimeoutError')
    return {
      message: `Could not ${doing}: GitHub gave no answer in ${limit_ms / 1000} s.`,
      next: ['Export again: what was written is found again.'],
    }
  return {
    message: `Could not ${doing}: ${error.message || 'the connection failed'}.`,
    next: [
      'Check the network, api in whyslow.yaml, and HTTPS_PROXY; then export again: what was written is found again.',
    ],
  }
}

/** Fine-grained tokens and apps get the one header, classic tokens the other. */
function describeScopes(error: RequestFailure): string[] {
  const headers = error.response?.headers ?? {}
  const permissions = headers['x-accepted-github-permissions']
  const scopes = headers['x-accepted-oauth-scopes']
  const has = headers['x-oauth-scopes']
  return [
    'A fine-grained token needs the permission “Issues: read and write” (issues: write), a classic one the scope repo.',
    ...(permissions ? [`GitHub names what this request takes: ${permissions}`] : []),
    ...(scopes
      ? [`GitHub names the scopes that this request takes: ${scopes}; the token has: ${has || 'none'}`]
      : []),
  ]
}

/** GitHub's message, with the field that it did not take. */
export function saidBy({ message, response }: RequestFailure): string {
  const data = response?.data as { message?: unknown; errors?: unknown } | undefined
  if (typeof data?.message !== 'string') return message.slice(0, 300)
  const errors = Array.isArray(data.errors) ? data.errors.map(describeField) : []
  return [data.message, ...errors].join('; ').slice(0, 1000)
}

function describeField(error: unknown): string {
  if (typeof error === 'string') return error
  const { resource, field, code, message } = error as Record<string, string | undefined>
  const place = [resource, field].filter(Boolean).join('.')
  return [place, message ?? code].filter(Boolean).join(': ')
}
