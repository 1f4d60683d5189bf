import fc from 'fast-check'
import { expect, test } from 'vitest'
import { STORY_ID } from '../../src/stories/schema.js'
import { makeStoryId } from '../../src/stories/story-id.js'

test('ids read like what they name', () => {
  expect(makeStoryId('GET /orders/:id')).toBe('get-orders-id')
  expect(makeStoryId('GET /')).toBe('get-root')
  expect(makeStoryId("Checkout doesn't finish — Größe é")).toBe('checkout-doesnt-finish-grosse-e')
  expect(makeStoryId('POST /a/:slug', ['post-a-slug', 'post-a-slug-2'])).toBe('post-a-slug-3')
  expect(makeStoryId('遅い')).toBe('story')
  expect(makeStoryId('../../etc/passwd')).toBe('etc-passwd')
  expect(makeStoryId('CON')).toBe('con-story')
  expect(makeStoryId(`${'word '.repeat(20)}`)).toBe(
    'word-word-word-word-word-word-word-word-word-word-word-word',
  )
})

test('any text gives an id that is a safe folder name and is not taken', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      const id = makeStoryId(text)
      expect(id).toMatch(STORY_ID)
      expect(id.length).toBeLessThanOrEqual(66)
      const next = makeStoryId(text, [id.toUpperCase()])
      expect(next).toMatch(STORY_ID)
      expect(next).not.toBe(id)
    }),
  )
})
