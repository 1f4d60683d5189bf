import { describe, expect, test } from 'vitest'
import { escapeMarkdown } from '../../../src/reports/markdown.js'
import { adfParagraph, adfText } from '../../../src/trackers/jira/adf.js'
import { adfToWiki } from '../../../src/trackers/jira/adf-to-wiki.js'
import { cutBlocks } from '../../../src/trackers/jira/cut.js'
import { markdownToAdf } from '../../../src/trackers/jira/markdown-to-adf.js'
import { HOSTILE } from './hostile-texts.js'

const convert = (markdown: string) => adfToWiki(markdownToAdf(markdown).content)

/** What Jira would still read as markup: not escaped by a backslash, nor an entity. */
function findMarkup(wiki: string): string[] {
  const bare = wiki.replace(/\\[^\\\s]/g, 'x').replace(/&(?:#\d+|amp);/g, 'x')
  const marks =
    /[{}[\]|*_+^~!?\\]|:\/\/|mailto:|\bwww\.|^h[1-6]\.|^bq\.|^[#-]+ |--|[A-Z]{2,}-\d|\((?:[!?/xyni*+-]|on|off)\)|[:;]-?[)(DP]/gim
  return bare.match(marks) ?? []
}

test.for(HOSTILE.filter(text => text.length < 1_000))('%j is text only', hostile => {
  expect(findMarkup(convert(escapeMarkdown(hostile)))).toEqual([])
  const plain = markdownToAdf(escapeMarkdown(hostile)).content
  const typed = hostile.replace(/\s+/g, ' ').trim()
  if (typed !== '') expect(findMarkup(adfToWiki([adfParagraph([adfText(typed)])]))).toEqual([])
  expect(adfToWiki(plain).split('\n')).toHaveLength(1)
})

test('the markup that whyslow means', () => {
  expect(
    convert(
      [
        '## How *slow*',
        'a **b** `c{d}` ~~e~~  \nf [g|h](https://x.example/a|b)',
        '> quoted\n>\n> twice',
        '3. one\n   - two\n     still\n   - three\n4. four',
        '| a | b |\n| --- | --- |\n| `x \\| y` | |',
        '```sh\nls *\n```',
        '```text\n{code}\n```',
        '---',
      ].join('\n\n'),
    ),
  ).toBe(
    [
      'h2. How {_}slow{_}',
      'a {*}b{*} {{c&#123;d&#125;}} {-}e{-}\nf [g\\|h|https://x.example/a%7Cb]',
      '{quote}\nquoted\n\ntwice\n{quote}',
      '# one\n#* two still\n#* three\n# four',
      '||a||b||\n|{{x \\| y}}| |',
      '{code:bash}\nls *\n{code}',
      '{noformat}\n{\u200bcode}\n{noformat}',
      '----',
    ].join('\n\n'),
  )
})

test('nothing ends a code block from inside', () => {
  const wiki = convert('```sh\n{code}\n[~admin]\n{noformat}\n```')
  expect(wiki.match(/\{(?:code|noformat)/g)).toEqual(['{code', '{code'])
})

describe('the cut', () => {
  const pointer = markdownToAdf('Cut here.').content
  const cut = (markdown: string, limit: number) => {
    const wiki = adfToWiki(cutBlocks(markdownToAdf(markdown).content, limit, pointer))
    expect(wiki.length).toBeLessThanOrEqual(limit)
    return wiki
  }

  test('is not made where all fits', () => {
    expect(cut('a\n\nb', 20)).toBe('a\n\nb')
  })

  test('is between blocks, and leaves no heading alone', () => {
    const part = 'slow '.repeat(10).trim()
    expect(cut(`## A\n\n${part}\n\n---\n\n## B\n\n${part}`, 90)).toBe(`h2. A\n\n${part}\n\nCut here.`)
  })

  test('is in a table, a list or a text that is most of it', () => {
    const table = `| a |\n| - |\n${'| b |\n'.repeat(500)}`
    expect(cut(table, 200)).toMatch(/^\|\|a\|\|\n(?:\|b\|\n)+\nCut here\.$/)
    expect(cut('- b\n'.repeat(500), 200)).toMatch(/^(?:\* b\n)+\nCut here\.$/)
    expect(cut('{x '.repeat(500), 200)).toMatch(/^(?:\\\{x )+…\n\nCut here\.$/)
    expect(cut(`\`\`\`sh\n${'ls '.repeat(500)}\n\`\`\``, 200)).toMatch(/\{code\}\n\nCut here\.$/)
    expect(cut('😀'.repeat(500), 201).isWellFormed()).toBe(true)
  })

  test.for(HOSTILE.filter(text => text.length > 1_000))('of %# fits', hostile => {
    cut(hostile, 32_567)
    expect(cut(`start\n\n${hostile}`, 2_000)).toMatch(/^start\n\n[\s\S]*Cut here\.$/)
  })
})
