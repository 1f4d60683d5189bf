/** One question for all stories, and what becomes of those that it can't be asked of. */
import { expect, test } from 'vitest'
import { WhyslowError } from '../../src/errors.js'
import { askTogether, type Scoped } from '../../src/steps/scope-stories.js'

const STORIES = ['a', 'b', 'c'].map(
  id => ({ story: { id, shown: `stories/${id}/story.md` }, where: id }) as Scoped,
)
const ids = (some: readonly Scoped[]) => some.map(({ where }) => where)

test('one that it can’t be asked of is left out, with its file', async () => {
  const problems: WhyslowError[] = []
  const ask = async (some: readonly Scoped[]) => {
    if (ids(some).includes('b')) throw new WhyslowError('not every value fits')
    return ids(some)
  }
  expect(await askTogether(STORIES, ask, problems)).toEqual(['a', 'c'])
  expect(problems).toMatchObject([{ message: 'not every value fits', place: { file: 'stories/b/story.md' } }])
})

test('what is wrong with none by itself is no story’s fault', async () => {
  const problems: WhyslowError[] = []
  const asked: string[][] = []
  const ask = async (some: readonly Scoped[]) => {
    asked.push(ids(some))
    if (some.length > 1) throw new WhyslowError('the slice')
    return ids(some)
  }
  await expect(askTogether(STORIES, ask, problems)).rejects.toThrow('the slice')
  expect(problems).toEqual([])
  // Not once more what failed.
  expect(asked).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']])
})
