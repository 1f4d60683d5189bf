/** The tracker of a workbook, as `whyslow.yaml` names it, with its token and the way to it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { WhyslowError } from '../errors.js'
import type { Tracker, TrackerName } from '../trackers/tracker.js'
import { checkAddress, type DryRun, openTransport, type TransportOptions } from '../trackers/transport.js'
import { readTextFile } from '../workbook/read-text.js'
import type { Workbook } from '../workbook/workbook.js'
import { yamlProblem } from '../workbook/yaml-file.js'
import { findGitHubToken, findJiraToken } from './find-token.js'
import { webHost } from './link-committed.js'
import type { Environment, RunOptions } from './run-program.js'

/** Of one request: a slow server answers within this, or not at all. */
const LIMIT_MS = 30_000

export interface OpenedTracker {
  tracker: Tracker
  /** What would have been written; null where it is. */
  dryRun: DryRun | null
}

/** Throws where `whyslow.yaml` doesn't name the tracker, with the place of an address that tokens must not go to, and without a token. */
export async function openTracker(
  workbook: Workbook,
  name: TrackerName,
  { isDryRun, ...run }: RunOptions & { isDryRun: boolean },
): Promise<OpenedTracker> {
  const { github, jira } = workbook.config.trackers
  const proxy = readProxy(run.env)
  const { signal } = run
  // Their libraries are loaded by who needs them.
  if (name === 'github' && github) {
    const { openGitHub } = await import('../trackers/github/open-github.js')
    const { answerDryGitHub } = await import('../trackers/github/answer-dry.js')
    const dryRun = isDryRun ? { requests: [], answer: answerDryGitHub } : null
    await checkConfigured(workbook, ['trackers', 'github', 'api'], github.api)
    const token = await findGitHubToken(github, webHost(github.api), run)
    const { repo, api } = github
    return { tracker: openGitHub({ repo, api, token, proxy, limit_ms: LIMIT_MS, signal, dryRun }), dryRun }
  }
  if (name === 'jira' && jira) {
    await checkConfigured(workbook, ['trackers', 'jira', 'site'], jira.site)
    const { openJira } = await import('../trackers/jira/open-jira.js')
    const { answerDryJira } = await import('../trackers/jira/answer-dry.js')
    const dryRun = isDryRun ? { requests: [], answer: answerDryJira(jira.project) } : null
    const tracker = openJira({
      ...jira,
      credentials: await findJiraToken(jira, run),
      fetch: openTransport({ proxy, limit_ms: LIMIT_MS, signal, dryRun }),
      // In a dry run there is nothing to wait for.
      pause: ms => (isDryRun ? Promise.resolve() : sleep(ms, undefined, { signal })),
      now: () => new Date(),
    })
    return { tracker, dryRun }
  }
  throw notNamed(workbook, name)
}

/** At its place in `whyslow.yaml`. */
async function checkConfigured(workbook: Workbook, path: string[], address: string): Promise<void> {
  try {
    checkAddress(address, path.join('.'))
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    const shown = workbook.show(workbook.paths.config)
    const text = await readTextFile(workbook.paths.config, shown)
    const located = yamlProblem(text, path, error.message, { file: shown })
    throw new WhyslowError(located.message, {
      next: error.next,
      place: located.place ?? { file: shown },
      cause: error,
    })
  }
}

/** Small letters win, as in curl and Node. */
function readProxy(env: Environment): TransportOptions['proxy'] {
  const read = (name: string) => env[name.toLowerCase()]?.trim() || env[name]?.trim() || null
  return { http: read('HTTP_PROXY'), https: read('HTTPS_PROXY'), no: read('NO_PROXY') }
}

const EXAMPLES = {
  github: { called: 'GitHub', lines: ['trackers:', '  github: {repo: acme/shop}'] },
  jira: {
    called: 'Jira',
    lines: ['trackers:', '  jira: {site: "https://example.atlassian.net", project: PERF}'],
  },
} as const

function notNamed(workbook: Workbook, name: TrackerName): WhyslowError {
  const { called, lines } = EXAMPLES[name]
  const file = workbook.show(workbook.paths.config)
  return new WhyslowError(`Where is ${called}? Expected trackers.${name} in ${file}.`, {
    place: { file },
    next: [`Write into it: ${lines.join(' ⏎ ')}`],
  })
}
