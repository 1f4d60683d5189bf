/** Stories as tickets in Markdown, redacted, to read or to paste where there is no tracker to write to. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemErrorCode, WhyslowError } from '../errors.js'
import { findTarget } from '../evidence/good.js'
import { type Look, look } from '../evidence/look.js'
import { type RedactRules, redactText } from '../redact.js'
import { renderTicket, type Ticket } from '../reports/ticket.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import { readStory, type Story } from '../stories/read-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { parseDuration } from '../units.js'
import type { Warning } from '../warnings.js'
import { readTextFile } from '../workbook/read-text.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError, writeFileAtomic } from '../workbook/write-file.js'
import { type Found, readRedactRules, redactStory, sumFound } from './redaction.js'
import { checkStoryWhere } from './story-where.js'

export interface MarkdownExport {
  exports: {
    story: string
    markdown: string
    /** Where it was written; null when it wasn't. */
    file: string | null
  }[]
  /** What was taken out of all of them. */
  redacted: Found[]
  warnings: Warning[]
}

export interface MarkdownExportOptions {
  stories: string[]
  /** A file for one story, or a folder: absolute, or relative to `cwd`. */
  out: string | null
  cwd: string
  /** 64 random hexadecimal digits, for a workbook's first export. */
  makeSalt: () => string
}

/** Renders every story before the first is written. */
export async function exportMarkdown(
  workbook: Workbook,
  store: Store,
  options: MarkdownExportOptions,
): Promise<MarkdownExport> {
  const ids = [...new Set(options.stories)]
  const files = await chooseFiles(ids, options)
  const template = await readTemplate(workbook)
  const { rules, warnings } = await readRedactRules(workbook, store, options.makeSalt)
  const result: MarkdownExport = { exports: [], redacted: [], warnings }
  for (const [i, id] of ids.entries()) {
    const story = await readStory(workbook, id)
    const rendered = await exportStory(workbook, store, story, rules, template)
    result.exports.push({ story: id, markdown: rendered.markdown, file: files?.[i] ?? null })
    result.redacted = sumFound([...result.redacted, ...rendered.found])
    for (const warning of rendered.warnings) {
      if (!result.warnings.some(other => other.message === warning.message)) result.warnings.push(warning)
    }
  }
  for (const { file, markdown } of result.exports) if (file !== null) await writeTicket(file, markdown)
  return result
}

/** Also what a tracker gets. */
async function exportStory(
  workbook: Workbook,
  store: Store,
  story: Story,
  rules: RedactRules,
  template: Ticket['template'],
): Promise<{ markdown: string; found: Found[]; warnings: Warning[] }> {
  const { config } = workbook
  const { under, route } = story.frontMatter
  const under_ms = under === null ? findTarget(config.targets, route).under_ms : parseDuration(under)
  const seen = await lookAtScope(workbook, store, story, under_ms)
  const front = redactStory(story.frontMatter, rules)
  const body = redactText(story.body, rules)
  const rendered = renderTicket({
    story: front.story,
    body: body.text,
    look: seen.look,
    under_ms,
    objective: config.objective,
    cohort: cohortOf(workbook, story.frontMatter)?.name ?? null,
    template,
  })
  const last = redactText(rendered, rules)
  return {
    markdown: last.text,
    found: sumFound([...front.found, ...body.found, ...last.found]),
    warnings: seen.warnings,
  }
}

/** None for a story that was measured over everybody's requests, as its commands say. */
function cohortOf({ config }: Workbook, { evidence }: StoryFrontMatter): Slice['cohort'] {
  const isAllTraffic = evidence.some(({ command }) => /(?:^|\s)--all-traffic(?:\s|$)/.test(command ?? ''))
  return isAllTraffic ? null : (config.cohort ?? null)
}

/** The requests that the story is about, as far as they are on this machine. */
async function lookAtScope(
  workbook: Workbook,
  store: Store,
  story: Story,
  under_ms: number,
): Promise<{ look: Look | null; warnings: Warning[] }> {
  const { id, frontMatter } = story
  const { timezone } = workbook.config
  const cohort = cohortOf(workbook, frontMatter)
  const where = await checkStoryWhere(store, story)
  if (where === null) {
    const message = `The story ${id} names neither a route nor a where, so its ticket has no chart.`
    return {
      look: null,
      warnings: [{ code: 'no-scope', message, next: `whyslow story set ${id} route='GET /…'` }],
    }
  }
  const { from = null, to = null } = frontMatter.scope.window ?? {}
  const slice = { where, from, to, cohort }
  const seen = await look(store, slice, { under_ms, timezone, limit: 1 })
  if (seen.requests > 0) return { look: seen, warnings: seen.warnings }
  const message = `No request of the story ${id} is on this machine, so its ticket has no chart.`
  return {
    look: null,
    warnings: [{ code: 'no-requests', message, next: 'whyslow import the logs of its time' }],
  }
}

const TEMPLATE = fileURLToPath(new URL('../../templates/ticket.md', import.meta.url))

/** The workbook's own, else the one that comes with whyslow. */
async function readTemplate({ dir, show }: Workbook): Promise<Ticket['template']> {
  const own = join(dir, 'templates', 'ticket.md')
  const isOwn = (await kindOf(own)) !== null
  const file = isOwn ? own : TEMPLATE
  return { text: await readTextFile(file, isOwn ? show(own) : undefined), file: isOwn ? show(own) : file }
}

/** Where each story goes: into the folder, or the one story into the file. Null when nothing is written. */
async function chooseFiles(ids: string[], { out, cwd }: MarkdownExportOptions): Promise<string[] | null> {
  if (out === null) return null
  const path = resolve(cwd, out)
  const kind = await kindOf(path)
  if (kind === 'file' && (ids.length > 1 || /[/\\]$/.test(out))) {
    throw new WhyslowError(`Expected a folder for ${ids.length} tickets, found a file: ${out}.`, {
      place: { file: out },
    })
  }
  const isFolder = kind === 'folder' || ids.length > 1 || /[/\\]$/.test(out)
  return isFolder ? ids.map(id => join(path, `${id}.md`)) : [path]
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  const info = await stat(path).catch(error => {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return null
    throw new WhyslowError(`Could not look at ${path}.`, { place: { file: path }, cause: error })
  })
  return info === null ? null : info.isDirectory() ? 'folder' : 'file'
}

async function writeTicket(file: string, markdown: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true }).catch(error => {
    throw explainWriteError(file, error)
  })
  await writeFileAtomic(file, markdown)
}
