/** Stories as tickets in Markdown, redacted, to read or to paste where there is no tracker to write to. */
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { systemErrorCode, WhyslowError } from '../errors.js'
import type { Part } from '../reports/working.js'
import type { Store } from '../store/open-store.js'
import { listStories, readStory } from '../stories/read-story.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { explainWriteError, writeFileAtomic } from '../workbook/write-file.js'
import { openGate } from './outgoing.js'
import { type Found, readRedactRules } from './redaction.js'
import { lookAtStory, readTemplate, renderStory } from './render-story.js'

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
  /** Before each story. */
  onProgress?: (story: string, part: Part) => void
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
  const { stories } = await listStories(workbook)
  const gate = openGate(
    rules,
    stories.map(story => story.frontMatter),
  )
  const result: MarkdownExport = { exports: [], redacted: [], warnings }
  for (const [i, id] of ids.entries()) {
    options.onProgress?.(id, { index: i + 1, count: ids.length })
    const story = await readStory(workbook, id)
    const seen = await lookAtStory(workbook, store, story)
    const rendered = renderStory(workbook, seen, gate.text, {
      story: gate.story(story.frontMatter),
      body: gate.text(story.body),
      template,
      chart: 'text',
      linkOf: () => null,
    })
    result.exports.push({ story: id, markdown: gate.text(rendered), file: files?.[i] ?? null })
    for (const warning of seen.warnings) {
      if (!result.warnings.some(other => other.message === warning.message)) result.warnings.push(warning)
    }
  }
  result.redacted = gate.found()
  for (const { file, markdown } of result.exports) if (file !== null) await writeTicket(file, markdown)
  return result
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
