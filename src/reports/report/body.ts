/**
 * What people wrote in Markdown, as a part of a page: headings, lists, quotes, code, emphasis and links to http(s). Everything else,
 * markup and pictures among it, is shown as the text that it is.
 */
import { fitMarkdown } from '../markdown.js'
import { html, Markup } from './markup.js'

/** Headings in it start at this level. */
const TOP = 4

export function renderBody(body: string): Markup | null {
  const text = fitMarkdown(body)
  return text === ''
    ? null
    : html`<div class="body">
${readBlocks(text.split('\n')).map(renderBlock)}
</div>`
}

type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'code' | 'paragraph' | 'quote'; lines: string[] }
  /** `first`: the number that an ordered one begins with, since what stands between items begins a new one. */
  | { kind: 'list'; isOrdered: boolean; first: number; lines: string[] }

const ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/

function readBlocks(lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    const last = blocks.at(-1)
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    const heading = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/.exec(line)
    const item = ITEM.exec(line)
    const quoted = /^ {0,3}> ?(.*)$/.exec(line)
    const follows = at > 0 && lines[at - 1]!.trim() !== ''
    if (fence !== undefined) {
      const length = lines.slice(at + 1).findIndex(other => other.trim().startsWith(fence))
      const end = length < 0 ? lines.length : at + 1 + length
      blocks.push({ kind: 'code', lines: lines.slice(at + 1, end) })
      at = end
    } else if (heading) blocks.push({ kind: 'heading', level: heading[1]!.length, text: heading[2]! })
    else if (item) {
      const isOrdered = item[1] !== undefined
      if (last?.kind === 'list' && last.isOrdered === isOrdered) last.lines.push(item[2]!)
      else blocks.push({ kind: 'list', isOrdered, first: Number(item[1] ?? 1), lines: [item[2]!] })
    } else if (quoted) {
      if (last?.kind === 'quote' && follows) last.lines.push(quoted[1]!)
      else blocks.push({ kind: 'quote', lines: [quoted[1]!] })
    } else if (line.trim() !== '') {
      if (last?.kind === 'list' && follows) last.lines.push(`${last.lines.pop()!} ${line.trim()}`)
      else if (last?.kind === 'paragraph' && follows) last.lines.push(line)
      else blocks.push({ kind: 'paragraph', lines: [line] })
    }
  }
  return blocks
}

function renderBlock(block: Block): Markup {
  switch (block.kind) {
    case 'heading': {
      const level = Math.min(6, Math.max(TOP, block.level + 1))
      return new Markup(`<h${level}>${renderInline(block.text).text}</h${level}>`)
    }
    case 'code':
      return html`<pre>${new Markup(block.lines.map(line => html`${line}`.text).join('\n'))}</pre>`
    case 'list': {
      const items = block.lines.map(line => html`<li>${renderInline(line)}</li>`)
      if (!block.isOrdered) return html`<ul>${items}</ul>`
      return block.first === 1 ? html`<ol>${items}</ol>` : html`<ol start="${block.first}">${items}</ol>`
    }
    case 'quote':
      return html`<blockquote><p>${renderInline(block.lines.join(' '))}</p></blockquote>`
    case 'paragraph':
      return html`<p>${renderInline(block.lines.map(line => line.trim()).join(' '))}</p>`
  }
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]*)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/g

function renderInline(text: string): Markup {
  const parts: (Markup | string)[] = []
  let end = 0
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, name, target, address] = match
    parts.push(text.slice(end, match.index))
    if (code !== undefined) parts.push(html`<code>${code}</code>`)
    else if (strong !== undefined) parts.push(html`<strong>${strong}</strong>`)
    else parts.push(renderLink(address ?? target!, name || undefined, whole))
    end = match.index + whole.length
  }
  parts.push(text.slice(end))
  return new Markup(parts.map(part => html`${part}`.text).join(''))
}

/** To http(s) only; else `otherwise` as text. */
export function renderLink(url: string, name?: string, otherwise = url): Markup | string {
  const target = URL.canParse(url) ? new URL(url) : undefined
  return target && /^https?:$/.test(target.protocol)
    ? html`<a href="${target.href}" rel="noreferrer noopener">${name ?? url}</a>`
    : otherwise
}
