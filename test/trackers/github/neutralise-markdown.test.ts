import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { neutraliseMarkdown } from '../../../src/trackers/github/neutralise-markdown.js'

const toSafe = (text: string) => neutraliseMarkdown(text, 'github.com')
const B = '&#8203;'

describe('text does nothing', () => {
  test.for<[string, string, string]>([
    ['a person, a team, everyone', '@ada @acme/web @everyone', `@${B}ada @${B}acme/web @${B}everyone`],
    ['behind a backslash', '\\@ada \\#1', `\\@${B}ada \\#${B}1`],
    ['numbers', '#1, acme/web#12 (GH-3)', `#${B}1, acme/web#${B}12 (GH-${B}3)`],
    ['closing words', 'Fixes #1. closes acme/web#2', `Fixes #${B}1. closes acme/web#${B}2`],
    ['commits', 'since abcdef1 and ABCDEF1234567', `since abcdef${B}1 and ABCDEF${B}123456${B}7`],
    [
      'an address of an issue',
      'fixes https://github.com/a/b/issues/1',
      'fixes https://redirect.github.com/a/b/issues/1',
    ],
    [
      'a link to one',
      '[x](https://www.github.com/a/b/pull/1)',
      '[x](https://redirect.github.com/a/b/pull/1)',
    ],
    ['a page of a person', 'https://a.bc/@ada', 'https://a.bc/%40ada'],
    [
      'entities',
      '&#64;ada &commat;ada &num;1 &mdash;',
      '&amp;#&#8203;64;ada &amp;commat;ada &amp;num;1 &mdash;',
    ],
    ['comments', '<!-- whyslow:end story=x -->', '&lt;!-- whyslow:end story=x -->'],
    ['elements', '<img src=x> <b>a</b> 1 < 2<br>', '&lt;img src=x> &lt;b>a&lt;/b> 1 < 2<br>'],
    ['an element that stays open', '<details>\n\na', '<details>\n\na\n\n</details>'],
    ['bytes of no text', 'a\0b\x1b[1m\ud800', 'a\ufffdb\ufffd[1m\ufffd'],
    ['nothing', '', ''],
    ['emoji and right-to-left text', '👩‍👩‍👧 مرحبا @שלום', `👩‍👩‍👧 مرحبا @${B}שלום`],
  ])('%s', ([, text, safe]) => {
    expect(toSafe(text)).toBe(safe)
  })

  test('issues of a server of its own', () => {
    expect(neutraliseMarkdown('https://git.acme.com/a/b/issues/1', 'git.acme.com')).toBe(
      `https://git.acme.com/a/b/issues/${B}1`,
    )
  })
})

describe('code stays as it is', () => {
  test.for<[string, string]>([
    ['a span', 'run `npx @a/b #1` twice'],
    ['a fence', '```sh\nnpx @a/b\n\n# fixes #1\n```'],
    ['in a list', '1. a\n\n   ```sh\n   npx @a/b\n   ```\n2. b\n   - ~~~\n     @c\n     ~~~'],
    ['in a quote', '> ```\n> @a\n> ```'],
    ['open to the end', 'a\n\n````\n```\n@a'],
    ['a link and a span', 'see [b](https://a.bc/x), `@a`'],
    ['in a table', '| a | b |\n| --- | --- |\n| `@x \\| y` | 1 |'],
  ])('%s', ([, text]) => {
    expect(toSafe(text)).toBe(text)
  })

  test('but for a mark of whyslow’s', () => {
    expect(toSafe('```\n<!-- whyslow:end story=x -->\n```')).not.toContain('<!-- whyslow:')
  })
})

/** Each was taken for code once, or may be by another reader of Markdown. The text that must not reach anybody is `@ada`. */
describe('what only looks like code is text', () => {
  test.for<[string, string]>([
    ['a fence that ends with its list item', '- a\n  ```\n@ada\n  ```'],
    ['a fence that ends with its quote', '> ```\n@ada\n```'],
    ['a backtick that another block has', '# a `b\n@ada `c`'],
    ['a span across lines', 'a `b\nc` @ada `d'],
    ['a table', '| a | b |\n|---|---|\n| `x | @ada` |'],
    ['a backtick in a link', '[a](`b) @ada `c`'],
    ['a backtick in an address', 'https://a.bc/`x @ada `'],
    ['a backtick in a bracketed address', '<https://a.bc/`x> @ada `'],
    ['a backslash', '\\`@ada\\`'],
    ['in HTML', '<details>\n```\n@ada\n```\n</details>'],
    ['an item that can’t begin here', 'a\n2. ```\n   b\n\n   @ada\n   ```'],
    ['an item behind a heading of two lines', 'a\n---\n2. ```\n   b\n   ```\n\n@ada'],
    ['indented', 'a\n    ```\n    @ada'],
    ['a tilde fence with another end', '~~~\n```\n~~~\n@ada'],
    ['in many quotes', `${'> '.repeat(40)}@ada`],
  ])('%s', ([, text]) => {
    expect(toSafe(text)).not.toContain('@ada')
    expect(toSafe(text).replace(/&#8203;|\u200b/g, '')).toContain('@ada')
  })
})

const pieces = fc.constantFrom(
  ...[
    '`',
    '```',
    '~~~',
    '@ada',
    '#1',
    'abcdef1234',
    '\n',
    '\n\n',
    '  ',
    '    ',
    '- ',
    '1. ',
    '2. ',
    '> ',
    '|',
    '\\',
    '\t',
  ],
  ...[
    '<details>',
    '</details>',
    '<!--',
    '-->',
    '[a](',
    '](',
    ')',
    '&#64;',
    'https://a.bc/',
    '<b>',
    '# ',
    '---',
    '😀',
    'שלום',
  ],
)

test('any text: as it comes out it stays, and without backticks nothing gets through', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), parts => {
      const text = parts.join('')
      const safe = toSafe(text)
      if (!text.includes('<details>')) expect(toSafe(safe)).toBe(safe)
      if (!/[`~]/.test(text) && !/^(?: {4}|\t)/m.test(text)) expect(safe).not.toMatch(/@ada|#1|<!--|<b>/)
    }),
    { numRuns: 500 },
  )
})

test('60,000 characters of anything take no time to speak of', () => {
  for (const piece of [
    '[',
    '`',
    '` ',
    '> ',
    '- ',
    '\t',
    '<a',
    '@a',
    '- a\n',
    '](a',
    '```\n',
    'a',
    '1',
    '\\',
    '&#',
    '_',
    '<details>',
  ]) {
    const text = piece.repeat(60_000 / piece.length)
    const before = performance.now()
    toSafe(text)
    expect(performance.now() - before, piece).toBeLessThan(10_000)
  }
})
