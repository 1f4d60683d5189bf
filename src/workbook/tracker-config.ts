/** `trackers` of `whyslow.yaml`: where stories become tickets. Addresses are checked where a tracker is opened, since tokens go there. */
import { z } from 'zod'
import { text } from './config-values.js'
import { splitWords } from './samplers.js'

export interface GitHubConfig {
  /** `owner/name`. */
  repo: string
  /** `https://api.github.com`, or of an own server. */
  api: string
  /** Words of a command that prints the token. */
  tokenCommand: string[] | null
  /** Account names that may be shown in this tracker, beside those of `redact.allow`. */
  allow: string[]
}

export interface JiraConfig {
  site: string
  project: string
  issueType: string
  flavour: 'cloud' | 'datacenter'
  /** Ids of custom fields: `customfield_10042`. */
  fields: Partial<Record<(typeof JIRA_FIELDS)[number], string>>
  /** By its name; null: whatever people choose. */
  priority: string | null
  labels: string[]
  components: string[]
  /** How a story that was split off is linked to its parent: the name of a link type. */
  linkType: string
  tokenCommand: string[] | null
  allow: string[]
}

export interface TrackersConfig {
  github: GitHubConfig | null
  jira: JiraConfig | null
}

const JIRA_FIELDS = ['customers', 'revenue', 'supportTickets', 'goodShare'] as const

const EXPECTED_COMMAND = 'expected a command whose quotes are closed, such as: pass show github'
const tokenCommand = text
  .transform((source, context): string[] => {
    const words = splitWords(source)
    if (words !== null && words.length > 0) return words
    context.issues.push({ code: 'custom', message: EXPECTED_COMMAND, input: source })
    return z.NEVER
  })
  .describe('Prints the token, where the environment has none. Words as for a shell, but none is run')

const allow = z.array(text).describe('Account names that may be shown there, beside those of redact.allow')
const names = z.array(text)
const field = z.string().regex(/^customfield_\d+$/, 'expected the id of a field such as customfield_10042')

const github = z.strictObject({
  repo: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[\w.-]+$/, 'expected a repository such as acme/shop')
    .describe('Where the issues are: owner/name'),
  api: z
    .url({ error: 'expected a URL such as https://github.example.com/api/v3' })
    .nullish()
    .describe('Of a server of your own: https://github.example.com/api/v3 (https://api.github.com)'),
  token_command: tokenCommand.nullish(),
  allow: allow.nullish(),
})

const jira = z.strictObject({
  site: z
    .url({ error: 'expected a URL such as https://example.atlassian.net' })
    .describe('https://example.atlassian.net'),
  project: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]+$/, 'expected the key of a project such as PERF')
    .describe('The key of the project: PERF'),
  issueType: text.nullish().describe('Of new tickets (Task)'),
  flavour: z
    .enum(['cloud', 'datacenter'])
    .nullish()
    .describe('cloud, or datacenter for a server of your own'),
  fields: z
    .strictObject({
      customers: field.nullish().describe('Customers hit'),
      revenue: field.nullish().describe('What they pay a month'),
      supportTickets: field.nullish().describe('Support tickets about it'),
      goodShare: field.nullish().describe('The share of good requests, 0 to 1'),
    })
    .nullish()
    .describe('Number fields that whyslow writes: customers: customfield_10042'),
  priority: text.nullish().describe('By its name; without one, people choose'),
  labels: z
    .array(z.string().regex(/^\S+$/, 'expected a label without spaces'))
    .nullish()
    .describe('Labels that a ticket gets'),
  components: names.nullish().describe('Names of components that a ticket gets'),
  linkType: text.nullish().describe('How a story that was split off is linked to its parent (Relates)'),
  token_command: tokenCommand.nullish(),
  allow: allow.nullish(),
})

export const trackersSchema = z.strictObject({
  github: github.nullish().describe('whyslow export github'),
  jira: jira.nullish().describe('whyslow export jira'),
})

export function readTrackers(raw: z.output<typeof trackersSchema> | null | undefined): TrackersConfig {
  return { github: readGitHub(raw?.github), jira: readJira(raw?.jira) }
}

function readGitHub(raw: z.output<typeof github> | null | undefined): GitHubConfig | null {
  if (!raw) return null
  return {
    repo: raw.repo,
    api: withoutSlash(raw.api ?? 'https://api.github.com'),
    tokenCommand: raw.token_command ?? null,
    allow: raw.allow ?? [],
  }
}

function readJira(raw: z.output<typeof jira> | null | undefined): JiraConfig | null {
  if (!raw) return null
  return {
    site: withoutSlash(raw.site),
    project: raw.project,
    issueType: raw.issueType ?? 'Task',
    flavour: raw.flavour ?? 'cloud',
    fields: Object.fromEntries(
      JIRA_FIELDS.flatMap(name => (raw.fields?.[name] ? [[name, raw.fields[name]]] : [])),
    ),
    priority: raw.priority ?? null,
    labels: raw.labels ?? [],
    components: raw.components ?? [],
    linkType: raw.linkType ?? 'Relates',
    tokenCommand: raw.token_command ?? null,
    allow: raw.allow ?? [],
  }
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}
