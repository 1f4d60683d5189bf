/**
 * The operations of Jira that whyslow needs, the same for both flavours: Cloud's REST v3, where texts are ADF, and Data Center's v2, where
 * they are wiki markup. What comes back is checked as far as it is read.
 */
import { z } from 'zod'
import type { OutgoingFile } from '../tracker.js'
import { type AdfNode, adfDocument, readAdfText } from './adf.js'
import { adfToWiki } from './adf-to-wiki.js'
import type { JiraClient } from './client.js'
import { JiraFailure } from './failure.js'
import * as operations from './operations.js'

/** Of whyslow's property, on issues and comments. */
const PROPERTY = 'whyslow'

const named = z.object({ name: z.string() })
const linked = z.object({ key: z.string() }).optional()

const issueShape = z.object({
  id: z.string(),
  key: z.string(),
  fields: z
    .looseObject({
      created: z.string().optional(),
      labels: z.array(z.string()).nullish(),
      components: z.array(named).nullish(),
      attachment: z.array(z.object({ filename: z.string() })).nullish(),
      issuelinks: z
        .array(z.object({ type: named.optional(), inwardIssue: linked, outwardIssue: linked }))
        .nullish(),
      status: z
        .object({ name: z.string(), statusCategory: z.object({ key: z.string() }).optional() })
        .optional(),
      assignee: z.object({ displayName: z.string() }).nullish(),
      resolutiondate: z.string().nullish(),
      statuscategorychangedate: z.string().nullish(),
    })
    .default({}),
})

export type Issue = z.output<typeof issueShape>

const propertyShape = z.object({
  value: z.object({ story: z.string().optional(), comment: z.string().nullish() }).catch({}),
})

/** What the issue's property holds. */
export interface IssueMark {
  story: string
  /** The id of whyslow's comment, once there was one: else nobody could tell a comment that was deleted from one never written. */
  comment: string | null
}

const commentShape = z.object({
  id: z.string(),
  body: z.unknown(),
  created: z.string().optional(),
  properties: z.array(z.object({ key: z.string(), value: z.unknown() })).nullish(),
})

const commentsShape = z.object({
  comments: z.array(commentShape),
  startAt: z.number().default(0),
  total: z.number().default(0),
})

/** A text in either form: ADF blocks become what the flavour takes. */
export type Body = AdfNode[] | string

export interface Comment {
  id: string
  created: string
  /** Wiki markup in Data Center; else the text of the ADF, one block a line. */
  text: string
  /** The value of whyslow's property; undefined without one. */
  mark: unknown
}

export type JiraApi = ReturnType<typeof openApi>

export function openApi(client: JiraClient) {
  const isCloud = client.flavour === 'cloud'
  const bodyFor = (body: Body): unknown => {
    if (typeof body === 'string') return body
    return isCloud ? adfDocument(body) : adfToWiki(body)
  }
  const read = <T>(shape: z.ZodType<T>, answer: unknown, what: string): T => {
    const parsed = shape.safeParse(answer)
    if (parsed.success) return parsed.data
    const where = parsed.error.issues[0]?.path.join('.')
    throw new JiraFailure(`Jira’s ${what} isn’t what its API describes, at “${where}”.`, {
      status: 200,
      mayHaveWorked: true,
      next: [`Is flavour: ${client.flavour} right for ${client.site}?`],
      exit: 4,
    })
  }

  return {
    client,

    linkOf: (key: string) => ({ key, url: `${client.site}/browse/${key}` }),

    async readIssue(key: string, fields: string[]): Promise<Issue | null> {
      const found = await orNull(operations.getIssue(client, { issueIdOrKey: key, fields }))
      return found === null ? null : read(issueShape, found, 'issue')
    },

    /** Null without one. */
    async readMark(key: string): Promise<IssueMark | null> {
      const asked = operations.getIssueProperty(client, { issueIdOrKey: key, propertyKey: PROPERTY })
      const found = await orNull(asked)
      if (found === null) return null
      const { value } = read(propertyShape, found, 'property')
      return value.story === undefined ? null : { story: value.story, comment: value.comment ?? null }
    },

    async writeMark(key: string, mark: IssueMark): Promise<void> {
      await operations.setIssueProperty(client, { issueIdOrKey: key, propertyKey: PROPERTY, body: mark })
    },

    /** All pages, with the fields that are named, from an index that may lag behind. A GET: a dry run sends those. */
    search: (jql: string, fields: string[]) =>
      isCloud ? searchCloud(jql, fields) : searchDatacenter(jql, fields),

    async createIssue(fields: Record<string, unknown>, description: Body, mark: IssueMark): Promise<string> {
      const created = await operations.createIssue(client, {
        fields: { ...fields, description: bodyFor(description) },
        properties: [{ key: PROPERTY, value: mark }],
      })
      return read(z.object({ key: z.string() }), created, 'new issue').key
    },

    async editIssue(
      key: string,
      change: { fields?: Record<string, unknown>; update?: Record<string, unknown> },
    ): Promise<void> {
      await operations.editIssue(client, { issueIdOrKey: key, ...change })
    },

    /** All pages, oldest first. */
    async listComments(key: string): Promise<Comment[]> {
      const comments: Comment[] = []
      for (;;) {
        const page = read(
          commentsShape,
          await operations.getComments(client, {
            issueIdOrKey: key,
            startAt: comments.length,
            maxResults: 100,
            ...(isCloud ? { expand: 'properties', orderBy: 'created' } : {}),
          }),
          'comments',
        )
        comments.push(...page.comments.map(readComment))
        if (page.comments.length === 0 || comments.length >= page.total) break
      }
      return comments.sort((a, b) => compareAges(a, b))
    },

    /** The value of whyslow's property of a comment; undefined without one. */
    async readCommentMark(id: string): Promise<unknown> {
      const asked = operations.getCommentProperty(client, { commentId: id, propertyKey: PROPERTY })
      const found = await orNull(asked)
      return found === null ? undefined : read(z.object({ value: z.unknown() }), found, 'property').value
    },

    /** Of the new comment, its id. `mark` is for Cloud; Data Center's comments carry it in their text. */
    async addComment(key: string, body: Body, mark: unknown): Promise<string> {
      const added = isCloud
        ? await operations.addComment(client, {
            issueIdOrKey: key,
            body: bodyFor(body) as never,
            properties: [{ key: PROPERTY, value: mark }],
          })
        : await client.sendRequest({
            url: `/rest/api/2/issue/${key}/comment`,
            method: 'POST',
            body: { body: bodyFor(body) },
          })
      return read(z.object({ id: z.string() }), added, 'new comment').id
    },

    async updateComment(key: string, id: string, body: Body, mark: unknown): Promise<void> {
      if (isCloud)
        await operations.updateComment(client, {
          issueIdOrKey: key,
          id,
          body: { body: bodyFor(body) as never, properties: [{ key: PROPERTY, value: mark }] },
        })
      else
        await client.sendRequest({
          url: `/rest/api/2/issue/${key}/comment/${id}`,
          method: 'PUT',
          body: { body: bodyFor(body) },
        })
    },

    async attach(key: string, filename: string, { bytes, type }: OutgoingFile): Promise<void> {
      const content = new File([bytes], filename, { type })
      await operations.addAttachment(client, { issueIdOrKey: key, attachments: { filename, content } })
    },

    async link(type: string, from: string, to: string): Promise<void> {
      await operations.linkIssues(client, {
        type: { name: type },
        inwardIssue: { key: from },
        outwardIssue: { key: to },
      })
    },
  }

  async function searchCloud(jql: string, fields: string[]): Promise<Issue[]> {
    const shape = z.object({ issues: z.array(issueShape).default([]), nextPageToken: z.string().nullish() })
    const issues: Issue[] = []
    for (let nextPageToken: string | undefined; ; ) {
      const asked = { jql, fields, maxResults: 50, ...(nextPageToken ? { nextPageToken } : {}) }
      const page = read(shape, await operations.searchAndReconsileIssuesUsingJql(client, asked), 'search')
      issues.push(...page.issues)
      if (!page.nextPageToken) return issues
      nextPageToken = page.nextPageToken
    }
  }

  async function searchDatacenter(jql: string, fields: string[]): Promise<Issue[]> {
    const shape = z.object({ issues: z.array(issueShape).default([]), total: z.number().default(0) })
    const issues: Issue[] = []
    for (;;) {
      const searchParams = { jql, fields, startAt: issues.length, maxResults: 50 }
      const page = read(
        shape,
        await client.sendRequest({ url: '/rest/api/2/search', method: 'GET', searchParams }),
        'search',
      )
      issues.push(...page.issues)
      if (page.issues.length === 0 || issues.length >= page.total) return issues
    }
  }
}

function readComment({ id, body, created, properties }: z.output<typeof commentShape>): Comment {
  return {
    id,
    created: created ?? '',
    text: typeof body === 'string' ? body.replace(/\r\n?/g, '\n') : readAdfText(body),
    mark: properties?.find(({ key }) => key === PROPERTY)?.value,
  }
}

/** Oldest first. Jira counts its ids up. */
export function compareAges(a: { id: string }, b: { id: string }): number {
  return Number(a.id) - Number(b.id)
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof JiraFailure && error.status === 404) return null
    throw error
  }
}
