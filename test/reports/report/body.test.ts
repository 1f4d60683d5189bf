import { describe, expect, test } from 'vitest'
import { renderBody, renderLink } from '../../../src/reports/report/body.js'
import { html, Markup } from '../../../src/reports/report/markup.js'

const show = (body: string) => renderBody(body)?.text.replaceAll('\n', '')

describe('what people wrote', () => {
  test.each([
    ['one\ntwo\n\nthree', '<p>one two</p><p>three</p>'],
    ['# Title\n\ntext', '<h4>Title</h4><p>text</p>'],
    ['- a\n- b\n  more\n\n1. c', '<ul><li>a</li><li>b more</li></ul><ol><li>c</li></ol>'],
    [
      '1. a\n\n```\nb\n```\n\n2. c\n3. d',
      '<ol><li>a</li></ol><pre>b</pre><ol start="2"><li>c</li><li>d</li></ol>',
    ],
    ['> said\n> so', '<blockquote><p>said so</p></blockquote>'],
    ['`a < b` is **bold**', '<p><code>a &lt; b</code> is <strong>bold</strong></p>'],
    ['```js\nif (a < b) **c**\n```\nafter', '<pre>if (a &lt; b) **c**</pre><p>after</p>'],
    ['```\nleft open', '<pre>left open</pre>'],
    [
      'see [it](https://example.com/a?b=1&c=2).',
      '<p>see <a href="https://example.com/a?b=1&amp;c=2" rel="noreferrer noopener">it</a>.</p>',
    ],
    ['[it](javascript:alert(1))', '<p>[it](javascript:alert(1))</p>'],
    ['<!-- hidden --><b>x</b>', '<p>&lt;b&gt;x&lt;/b&gt;</p>'],
  ])('%j', (body, markup) => {
    expect(show(body)).toBe(`<div class="body">${markup}</div>`)
  })

  test('nothing for a body of headings only', () => {
    expect(renderBody('\n## What people see\n\n## What to do\n')).toBeNull()
  })
})

test('links lead to http and https only', () => {
  expect(renderLink('https://example.com/"x')).toBeInstanceOf(Markup)
  for (const url of ['javascript:x', 'data:text/html,x', 'file:///etc/passwd', 'PROJ-7'])
    expect(renderLink(url)).toBe(url)
})

test('what a template is given is escaped, unless it is a piece of markup', () => {
  expect(html`<p title="${'"'}">${'<b>'}${html`<i>${'&'}</i>`}${null}${[html`<a>`, 'x']}</p>`.text).toBe(
    '<p title="&quot;">&lt;b&gt;<i>&amp;</i><a>\nx</p>',
  )
})
