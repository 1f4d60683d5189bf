import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  escapeMarkdown,
  fitMarkdown,
  markdownBlock,
  markdownCode,
  markdownLink,
  markdownTable,
} from '../../../src/reports/markdown.js'
import { type AdfNode, readAdfText } from '../../../src/trackers/jira/adf.js'
import { markdownToAdf } from '../../../src/trackers/jira/markdown-to-adf.js'
import { findAdfErrors } from './adf-schema.js'
import { HOSTILE } from './hostile-texts.js'

function convert(markdown: string): AdfNode[] {
  const document = markdownToAdf(markdown)
  expect(findAdfErrors(document), markdown.slice(0, 200)).toEqual([])
  expect(typesOf(document.content)).not.toContain('mention')
  return document.content
}

function typesOf(nodes: AdfNode[]): string[] {
  return nodes.flatMap(({ type, content = [] }) => [type, ...typesOf(content)])
}

const text = (value: string, ...marks: string[]) => ({
  type: 'text',
  text: value,
  ...(marks.length > 0 ? { marks: marks.map(type => ({ type })) } : {}),
})
const paragraph = (...content: unknown[]) => ({ type: 'paragraph', content })

describe('what the reports write', () => {
  test('text comes out as it went in', () => {
    for (const hostile of HOSTILE.filter(value => value.length < 1_000)) {
      const shown = readAdfText({ type: 'doc', content: convert(escapeMarkdown(hostile)) })
      // What reorders text or acts on a terminal is shown by its code.
      if (/^[\x20-\x7e]*$/.test(hostile)) expect(shown).toBe(hostile.replace(/\s+/g, ' ').trim())
    }
  })

  test('any text comes out as it went in', () => {
    const line = fc.string({ unit: fc.constantFrom(...'ab1 .,-_*`[](){}<>#@!|\\~^+=:/&;"\'') })
    fc.assert(
      fc.property(line, value => {
        const shown = readAdfText({ type: 'doc', content: convert(escapeMarkdown(value)) })
        expect(shown).toBe(value.replace(/\s+/g, ' ').trim())
      }),
      { numRuns: 2_000 },
    )
  })

  test('emphasis, code and line breaks', () => {
    expect(convert('a **b *c* `d`** _e_ ~~f~~  \ng\\\nh')).toEqual([
      paragraph(
        text('a '),
        text('b ', 'strong'),
        text('c', 'strong', 'em'),
        text(' ', 'strong'),
        text('d', 'code'),
        text(' '),
        text('e', 'em'),
        text(' '),
        text('f', 'strike'),
        { type: 'hardBreak' },
        text('g'),
        { type: 'hardBreak' },
        text('h'),
      ),
    ])
  })

  test('code spans and blocks keep every character', () => {
    expect(convert(markdownCode('a `b` &lt; @c'))).toEqual([paragraph(text('a `b` &lt; @c', 'code'))])
    expect(convert(markdownBlock('<a>\n\n  &amp; `x`', 'sh'))).toEqual([
      { type: 'codeBlock', attrs: { language: 'sh' }, content: [text('<a>\n\n  &amp; `x`')] },
    ])
    expect(convert('```\n```')).toEqual([{ type: 'codeBlock' }])
  })

  test('tables, with emphasis, pipes and empty cells', () => {
    const [table] = convert(
      markdownTable(
        ['', '**p95**'],
        [
          [markdownCode('a|b'), ''],
          ['x', '**1**'],
        ],
      ),
    )
    const cell = (type: string, ...content: unknown[]) => ({
      type,
      content: [content.length > 0 ? paragraph(...content) : { type: 'paragraph' }],
    })
    expect(table!.content).toEqual([
      { type: 'tableRow', content: [cell('tableHeader'), cell('tableHeader', text('p95', 'strong'))] },
      { type: 'tableRow', content: [cell('tableCell', text('a|b', 'code')), cell('tableCell')] },
      { type: 'tableRow', content: [cell('tableCell', text('x')), cell('tableCell', text('1', 'strong'))] },
    ])
  })

  test('lists: nested, numbered, with code blocks and paragraphs', () => {
    const [list] = convert(`3. a\n\n   b\n\n${markdownBlock('ls', 'sh', '   ')}\n   - c\n     1. d\n4. e`)
    expect(list).toMatchObject({ type: 'orderedList', attrs: { order: 3 } })
    expect(list!.content![0]!.content!.map(({ type }) => type)).toEqual([
      'paragraph',
      'paragraph',
      'codeBlock',
      'bulletList',
    ])
  })

  test('headings and rules', () => {
    expect(convert('## a **b**\n\n---\n\n###### c')).toEqual([
      { type: 'heading', attrs: { level: 2 }, content: [text('a '), text('b', 'strong')] },
      { type: 'rule' },
      { type: 'heading', attrs: { level: 6 }, content: [text('c')] },
    ])
  })

  test('links to pages only', () => {
    const href = 'https://acme.example/a?b=c'
    expect(convert(markdownLink('a_b [c]', href))).toEqual([
      paragraph({ ...text('a_b [c]'), marks: [{ type: 'link', attrs: { href } }] }),
    ])
    for (const url of ['javascript:alert(1)', 'data:text/html,x', 'https://u:p@acme.example', 'mailto:a@b.c'])
      expect(JSON.stringify(convert(`[x](${url})`))).not.toContain('href')
  })

  test('the tickets of the golden files', async () => {
    const types = new Set<string>()
    for (const name of ['ticket', 'ticket-by-hand']) {
      const markdown = await readFile(new URL(`../../golden/${name}.md`, import.meta.url), 'utf8')
      for (const type of typesOf(convert(markdown))) types.add(type)
    }
    expect([...types]).toEqual(
      expect.arrayContaining(['heading', 'table', 'codeBlock', 'bulletList', 'rule']),
    )
  })
})

describe('what people write', () => {
  test('tick boxes are text: a task would be on somebody’s list', () => {
    expect(readAdfText({ type: 'doc', content: convert('- [x] done\n- [ ] open\n- [ ] ') })).toBe(
      '☑ done\n☐ open\n☐',
    )
  })

  test('HTML is text, and makes no node', () => {
    const adf = '<adf>{"type":"mention","attrs":{"id":"1"}}</adf>'
    for (const markdown of [adf, `a ${adf} b`, '<div>\n\nx\n\n</div>', 'a <b>c</b><br>d <!-- e --> f'])
      convert(markdown)
    expect(readAdfText({ type: 'doc', content: convert('a <b>c</b><br>d <!-- e -->f') })).toBe(
      'a <b>c</b>\nd f',
    )
    expect(readAdfText({ type: 'doc', content: convert(adf) })).toBe(adf)
  })

  test('pictures are links', () => {
    expect(JSON.stringify(convert('![a](https://x.example/p.png) ![b](p.png)'))).not.toContain('media')
  })

  test.for([
    '- # heading\n- > quote\n- ---\n- | a |\n  | - |\n  | b |',
    '> # heading\n> > deeper\n>\n> | a |\n> | - |\n> | b |\n>\n> ---',
    '- \n- \n\n1.\n',
    '>\n',
    '#\n\n##  ##',
    '|||\n|-|-|\n|||',
    '- [ ]\n  - [x] a',
    `${'  - a\n'.repeat(3)}${Array.from({ length: 12 }, (_, i) => `${'  '.repeat(i)}- ${i}`).join('\n')}`,
    '****\n\n**__**__ `` ` ``',
    '[**a `b` c**](https://x.example "t")',
    'a\u0000b\u001b[31m \ud800',
    '&#0; &#xD800; &#55296; &constructor; &nbsp; &#x202e;',
  ])('%j is valid', markdown => {
    convert(markdown)
  })

  test('lists deeper than six go on at the sixth', () => {
    const deep = Array.from({ length: 12 }, (_, i) => `${'  '.repeat(i)}- ${i}`).join('\n')
    const depthOf = (nodes: AdfNode[]): number =>
      Math.max(
        0,
        ...nodes.map(({ type, content = [] }) => (type === 'bulletList' ? 1 : 0) + depthOf(content)),
      )
    const blocks = convert(deep)
    expect(depthOf(blocks)).toBeLessThanOrEqual(7)
    expect(readAdfText({ type: 'doc', content: blocks }).split('\n')).toHaveLength(12)
  })

  test.for(HOSTILE.map(value => [value.slice(0, 60), value] as const))('%j stays valid', ([, value]) => {
    convert(value)
    convert(fitMarkdown(value))
    convert(markdownTable([escapeMarkdown(value), 'x'], [[markdownCode(value), '']]))
  })

  test('anything is valid', () => {
    const piece = fc.constantFrom(
      ...['# ', '> ', '- ', '1. ', '  ', '\n', '\n\n', '|', '|-|-|\n', '```', '`', '**', '_', '~~', '[x]'],
      ...[
        '(https://a.b)',
        '![',
        '<b>',
        '<!--',
        '-->',
        '<adf>',
        '&amp;',
        '\\',
        '---\n',
        '- [ ] ',
        'text',
        '😀',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
        convert(pieces.join(''))
      }),
      { numRuns: 3_000 },
    )
  })
})
