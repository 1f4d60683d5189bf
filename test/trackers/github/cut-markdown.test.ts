import { expect, test } from 'vitest'
import { cutMarkdown } from '../../../src/trackers/github/cut-markdown.js'

test('what fits stays', () => {
  expect(cutMarkdown('# A\n\nb', 6)).toBe('# A\n\nb')
  expect(cutMarkdown('', 6)).toBe('')
})

test('at a paragraph, without a heading above nothing', () => {
  const text = 'One one one.\n\nTwo two two.\n\n## Three\n\nThree three.'
  expect(cutMarkdown(text, 30)).toBe('One one one.\n\nTwo two two.')
  expect(cutMarkdown(text, 40)).toBe('One one one.\n\nTwo two two.')
})

test('a code block is not cut where a paragraph will do', () => {
  expect(cutMarkdown('Text before.\n\n```js\na\n\nb\n\nc\n```\n\nend', 24)).toBe('Text before.')
})

test('a long code block is closed, and so is one in a list', () => {
  const code = 'x = 1\n'.repeat(20)
  expect(cutMarkdown(`A\n\n\`\`\`\`js\n${code}\`\`\`\``, 60)).toMatch(/^A\n\n````js\n(?:x = 1\n)+````$/)
  expect(cutMarkdown(`- A\n  ~~~\n  ${code.replaceAll('\n', '\n  ')}\n  ~~~`, 60)).toMatch(/\n {2}~~~$/)
})

test('one endless line is cut between characters', () => {
  expect(cutMarkdown('😀'.repeat(50), 31)).toBe('😀'.repeat(15))
})
