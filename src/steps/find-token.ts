/**
 * Where the token of a tracker comes from: the environment, then `gh`, then the command that `whyslow.yaml` names. Never an option of
 * a command line, which other users of a machine can read. What a command printed is in no message.
 */
import { WhyslowError } from '../errors.js'
import type { GitHubConfig, JiraConfig } from '../workbook/tracker-config.js'
import { type Environment, type RunOptions, runProgram } from './run-program.js'

export interface JiraToken {
  /** Null: the token goes by itself, as `Bearer`. */
  email: string | null
  token: string
}

/** `host`: where the token goes. `gh` has one for each host that it was logged in to. */
export async function findGitHubToken(config: GitHubConfig, host: string, run: RunOptions): Promise<string> {
  const given = readVariable(run.env, 'GITHUB_TOKEN')
  if (given !== null) return given
  const gh = await runProgram(['gh', 'auth', 'token', '--hostname', host], run)
  if (gh?.code === 0 && isToken(gh.stdout.trim())) return gh.stdout.trim()
  if (config.tokenCommand !== null) return askCommand(config.tokenCommand, 'github', run)
  throw new WhyslowError('There is no token for GitHub.', {
    next: [
      'export GITHUB_TOKEN=… in this shell; it needs to read and write issues (classic token: repo)',
      gh === null
        ? 'Or install GitHub’s gh and log in: gh auth login'
        : `Or log in: gh auth login --hostname ${host}`,
      'Or name a command that prints it: trackers.github.token_command in whyslow.yaml',
    ],
  })
}

export async function findJiraToken(config: JiraConfig, run: RunOptions): Promise<JiraToken> {
  const isCloud = config.flavour === 'cloud'
  const email = isCloud ? readVariable(run.env, 'JIRA_EMAIL') : null
  const given = readVariable(run.env, isCloud ? 'JIRA_API_TOKEN' : 'JIRA_TOKEN')
  if (given !== null && (email !== null || !isCloud)) return { email, token: given }
  if (config.tokenCommand !== null) {
    const printed = await askCommand(config.tokenCommand, 'jira', run)
    if (!isCloud) return { email: null, token: printed }
    const [, own, token] = /^([^\s:@]+@[^\s:]+):(.+)$/.exec(printed) ?? []
    if (own !== undefined && token !== undefined) return { email: own, token }
    if (email !== null) return { email, token: printed }
  }
  throw isCloud ? noCloudToken(email !== null, given !== null) : noServerToken()
}

function noCloudToken(hasEmail: boolean, hasToken: boolean): WhyslowError {
  const what = hasToken ? 'e-mail address' : hasEmail ? 'API token' : 'e-mail address and API token'
  return new WhyslowError(`There is no ${what} for Jira.`, {
    next: [
      'export JIRA_EMAIL=… JIRA_API_TOKEN=… in this shell; tokens: https://id.atlassian.com/manage-profile/security/api-tokens',
      'Or name a command that prints EMAIL:TOKEN, or the token of JIRA_EMAIL: trackers.jira.token_command in whyslow.yaml',
      'For a server of your own: flavour: datacenter there, and JIRA_TOKEN',
    ],
  })
}

function noServerToken(): WhyslowError {
  return new WhyslowError('There is no token for Jira.', {
    next: [
      'export JIRA_TOKEN=… in this shell: a personal access token, from your profile in Jira',
      'Or name a command that prints it: trackers.jira.token_command in whyslow.yaml',
    ],
  })
}

/** An empty variable is none. */
function readVariable(env: Environment, name: string): string | null {
  const value = env[name]?.trim() ?? ''
  if (value === '') return null
  if (isToken(value)) return value
  throw new WhyslowError(`Expected one word in ${name}, without spaces and line ends.`)
}

/** What may stand in a header. */
function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}

async function askCommand(words: readonly string[], tracker: string, run: RunOptions): Promise<string> {
  const [program = '', ...args] = words
  const key = `trackers.${tracker}.token_command`
  const done = await runProgram([program, ...args], run)
  const fail = (what: string) =>
    new WhyslowError(`The command of ${key} ${what}, so there is no token.`, {
      next: [`Run it yourself to see why: ${program} …, as it stands in whyslow.yaml`],
      exit: 4,
    })
  if (done === null) throw fail(`was not found (${program})`)
  if (done.code === null) throw fail('was stopped, or took longer than a minute')
  if (done.code !== 0) throw fail(`ended with the exit code ${done.code}`)
  const printed = done.stdout.trim()
  if (!isToken(printed)) throw fail(printed === '' ? 'printed nothing' : 'printed more than one word')
  return printed
}
