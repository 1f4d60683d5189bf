/** What a Jira remembers. */
export interface StateOptions {
  flavour: 'cloud' | 'datacenter'
  /** Of the search index behind the truth, milliseconds. */
  lag_ms: number
  /** The longest page that it gives. */
  pageSize: number
  /** The longest comment, in characters of its text. */
  maxComment: number
  /** Data Center before 7.2 takes no properties with a new issue. */
  takesProperties: boolean
  /** Whether a list of comments has their properties when it is asked for them. */
  listsProperties: boolean
}

export interface StoredIssue {
  id: string
  key: string
  fields: Record<string, unknown> & { labels: string[]; components: { name: string }[] }
  description: unknown
  properties: Map<string, unknown>
  comments: StoredComment[]
  attachments: { id: string; filename: string; type: string; bytes: Buffer }[]
  /** On the clock of `performance.now()`. */
  made_ms: number
}

export interface StoredComment {
  id: string
  body: unknown
  created: string
  properties: { key: string; value: unknown }[]
}

export interface StoredLink {
  type: string
  inward: string
  outward: string
}

export class JiraState {
  readonly options: StateOptions
  readonly issues = new Map<string, StoredIssue>()
  readonly links: StoredLink[] = []
  /** What a request did that Jira doesn't allow, or the server itself did wrong: tests expect none. */
  readonly problems: string[] = []
  site = ''
  #lastId = 10_000

  constructor(options: Partial<StateOptions>) {
    this.options = {
      flavour: 'cloud',
      lag_ms: 0,
      pageSize: 2,
      maxComment: 32_767,
      takesProperties: true,
      listsProperties: true,
      ...options,
    }
  }

  nextId(): string {
    this.#lastId += 1
    return String(this.#lastId)
  }

  addIssue(
    fields: Record<string, unknown>,
    description: unknown,
    properties: { key: string; value: unknown }[],
  ): StoredIssue {
    const issue: StoredIssue = {
      id: this.nextId(),
      key: `ABC-${this.issues.size + 1}`,
      fields: {
        status: { name: 'To Do', statusCategory: { key: 'new' } },
        assignee: null,
        resolutiondate: null,
        created: '2026-03-02T09:15:00.000+0000',
        ...fields,
        labels: (fields.labels as string[] | undefined) ?? [],
        components: (fields.components as { name: string }[] | undefined) ?? [],
      },
      description,
      properties: new Map(properties.map(({ key, value }) => [key, value])),
      comments: [],
      attachments: [],
      made_ms: performance.now(),
    }
    this.issues.set(issue.key, issue)
    return issue
  }

  addComment(issue: StoredIssue, body: unknown, properties: StoredComment['properties'] = []): StoredComment {
    const comment = { id: this.nextId(), body, created: '2026-03-02T10:00:00.000+0100', properties }
    issue.comments.push(comment)
    return comment
  }

  linksOf(key: string): unknown[] {
    return this.links.flatMap(({ type, inward, outward }) => [
      ...(inward === key ? [{ type: { name: type }, outwardIssue: { key: outward } }] : []),
      ...(outward === key ? [{ type: { name: type }, inwardIssue: { key: inward } }] : []),
    ])
  }
}
