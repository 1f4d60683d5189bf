/**
 * whyslow's one comment, which holds the whole ticket. Cloud: a property of the comment says whose it is, and has hashes of what whyslow
 * wrote. Data Center: the comment's last line does, since a comment and its property can't be written there in one request.
 */
import type { Warning } from '../../warnings.js'
import type { AdfNode } from './adf.js'
import { adfDocument, readAdfText } from './adf.js'
import { adfToWiki } from './adf-to-wiki.js'
import type { Comment, IssueMark, JiraApi } from './api.js'
import { cutBlocks } from './cut.js'
import { type Flavour, JiraFailure } from './failure.js'
import { shortHash } from './hashes.js'
import { writeOnce } from './write-once.js'

interface CommentMark {
  story: string
  /** Of the text, to see that a person changed it. Jira changes the form of ADF, not its text. */
  text: string
  /** Of what was sent, to see that there is something new. */
  source: string
}

interface OwnComment {
  id: string
  /** Null: a person took it away, with the last line. */
  mark: CommentMark | null
  isEdited: boolean
}

export interface CommentTask {
  key: string
  story: string
  blocks: AdfNode[]
  /** What stands in place of what is too long. */
  pointer: AdfNode[]
  /** The issue's. */
  issueMark: IssueMark
  /** Nothing can be there yet. */
  isNew: boolean
  repair: boolean
}

/** Jira's default; an administrator of Data Center can set another. */
const MAX_LENGTH = 32_767
/** For the last line. */
const SPARE = 200
/** Tried one after the other when Jira says that a text is too long. */
const LENGTHS = [MAX_LENGTH - SPARE, 16_000, 8_000, 3_500]
const LOOKS = [500, 2_000]

/** Whether it wrote, and the id of the comment; null: deleted by a person. */
export async function upsertComment(
  api: JiraApi,
  task: CommentTask,
): Promise<{ hasWritten: boolean; id: string | null; warnings: Warning[] }> {
  const { key, issueMark, isNew, repair } = task
  const find = () => findOwn(api, task)
  const own = isNew ? null : await find()
  if (own === null && issueMark.comment !== null && !repair)
    return { hasWritten: false, id: null, warnings: [warnDeleted(key)] }
  if (own?.isEdited && !repair) return { hasWritten: false, id: own.id, warnings: [warnEdited(key)] }
  const versions = LENGTHS.map(limit => write(api.client.flavour, task, limit))
  const same = versions.find(({ mark }) => mark.source === own?.mark?.source)
  if (own && same && !own.isEdited) return { hasWritten: false, id: own.id, warnings: warnCut(same, task) }
  const { id, version } = await fitting(versions, async ({ body, mark }) => {
    if (own) {
      await api.updateComment(key, own.id, body, mark)
      return own.id
    }
    return writeOnce(api.client, {
      write: () => api.addComment(key, body, mark),
      look: async () => (await find())?.id ?? null,
      waits: LOOKS,
    })
  })
  return { hasWritten: true, id, warnings: warnCut(version, task) }
}

/** Whether whyslow wrote it, for any story, as far as the comment alone says it. */
export function isOwnComment(comment: Comment): boolean {
  return readMark(comment) !== null
}

interface Version {
  body: AdfNode[] | string
  mark: CommentMark
  isCut: boolean
}

function write(flavour: Flavour, { blocks, pointer, story }: CommentTask, limit: number): Version {
  const cut = cutBlocks(blocks, limit, pointer)
  const isCut = cut !== blocks
  if (flavour === 'cloud') {
    const text = shortHash(readAdfText(adfDocument(cut)))
    return { body: cut, mark: { story, text, source: shortHash(JSON.stringify(cut)) }, isCut }
  }
  const wiki = adfToWiki(cut)
  const hash = hashWiki(wiki)
  return { body: `${wiki}\n\nwhyslow ${story} ${hash}`, mark: { story, text: hash, source: hash }, isCut }
}

/** Sends the longest that Jira takes. */
async function fitting(
  versions: Version[],
  send: (version: Version) => Promise<string>,
): Promise<{ id: string; version: Version }> {
  for (const version of versions.slice(0, -1)) {
    try {
      return { id: await send(version), version }
    } catch (error) {
      if (!isTooLong(error)) throw error
    }
  }
  const version = versions.at(-1)!
  return { id: await send(version), version }
}

function isTooLong(error: unknown): boolean {
  if (!(error instanceof JiraFailure)) return false
  return (
    error.status === 413 ||
    (error.status === 400 && /too long|limit_exceeded|exceeds the/i.test(error.message))
  )
}

async function findOwn(api: JiraApi, { key, story, issueMark }: CommentTask): Promise<OwnComment | null> {
  const comments = await api.listComments(key)
  const own = pickOwn(comments, story, issueMark.comment)
  if (own?.mark || api.client.flavour === 'datacenter') return own
  // That a list of comments can have their properties is in no contract, though it does: so before there could be two, each is asked.
  const asked: Comment[] = []
  for (const comment of comments)
    asked.push({ ...comment, mark: comment.mark ?? (await api.readCommentMark(comment.id)) })
  return pickOwn(asked, story, issueMark.comment)
}

/** The oldest that is this story's; else the one that was, by its id. */
function pickOwn(comments: Comment[], story: string, id: string | null): OwnComment | null {
  for (const comment of comments) {
    const mark = readMark(comment)
    if (mark?.story === story) return { id: comment.id, mark, isEdited: hashOf(comment) !== mark.text }
  }
  const known = comments.find(comment => comment.id === id)
  return known ? { id: known.id, mark: null, isEdited: true } : null
}

const LAST_LINE = /\n*whyslow (\S+) ([0-9a-f]{8})\s*$/

function readMark({ mark, text }: Comment): CommentMark | null {
  if (typeof mark === 'object' && mark !== null) {
    const { story, text, source } = mark as Record<string, unknown>
    if (typeof story === 'string') return { story, text: String(text), source: String(source) }
  }
  const line = LAST_LINE.exec(text)
  return line ? { story: line[1]!, text: line[2]!, source: line[2]! } : null
}

function hashOf({ mark, text }: Comment): string {
  return mark === undefined ? hashWiki(text.replace(LAST_LINE, '')) : shortHash(text)
}

/** Without the spaces that Jira trims. */
function hashWiki(wiki: string): string {
  return shortHash(wiki.replace(/[^\S\n]+$/gm, '').trim())
}

function warnCut({ isCut }: Version, { key, story }: CommentTask): Warning[] {
  if (!isCut) return []
  return [
    {
      code: 'ticket-cut',
      message: `${key}: the text is longer than what Jira takes in a comment, and was cut.`,
      next: `The whole of it: whyslow export markdown ${story}`,
    },
  ]
}

function warnEdited(key: string): Warning {
  return {
    code: 'ticket-edited',
    message: `A person changed whyslow’s comment on ${key}, so it was left as it is and says nothing new.`,
    next: 'Move what they wrote to a comment of its own, then export with --repair, which writes whyslow’s anew.',
  }
}

function warnDeleted(key: string): Warning {
  return {
    code: 'ticket-marker',
    message: `whyslow’s comment on ${key} was deleted, so the ticket no longer says what was found.`,
    next: 'Export with --repair to write it anew.',
  }
}
