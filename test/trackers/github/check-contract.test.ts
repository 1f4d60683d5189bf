import { describe, expect, test } from 'vitest'
import { checkAnswer, checkRequest } from './check-contract.js'

const at = (path: string) => new URL(path, 'http://localhost')
const ISSUES = '/repos/acme/web/issues'

describe('what is not as GitHub describes it is found', () => {
  test.for<[string, string, string, unknown, string]>([
    ['another operation', 'DELETE', ISSUES, undefined, 'is no operation'],
    ['another parameter', 'GET', `${ISSUES}?label=a`, undefined, 'has no parameter label'],
    ['another value', 'GET', `${ISSUES}?state=every`, undefined, 'state: it must be equal'],
    ['no title', 'POST', ISSUES, { body: 'a' }, 'title'],
    ['another field', 'POST', ISSUES, { title: 'a', text: 'b' }, 'additional properties'],
    ['no labels', 'POST', `${ISSUES}/1/labels`, { labels: [] }, 'fewer than 1'],
    ['a number as text', 'POST', `${ISSUES}/1/sub_issues`, { sub_issue_id: '1' }, 'integer'],
  ])('%s', ([, method, path, body, message]) => {
    expect(checkRequest({ method, url: at(path), body }).join()).toMatch(new RegExp(message, 'i'))
  })

  test('an answer', () => {
    const url = at(ISSUES)
    expect(checkAnswer({ method: 'GET', url, body: [] }, 200)).toEqual([])
    expect(checkAnswer({ method: 'GET', url, body: [{ id: 1 }] }, 200)).toHaveLength(1)
    expect(checkAnswer({ method: 'GET', url, body: [] }, 204)).toHaveLength(1)
  })
})
