import { afterEach, beforeEach, expect, test } from 'vitest'
import { type GitHubServer, startGitHub } from './github-server.js'
import { openTestGitHub, upsert } from './open-test-github.js'

let server: GitHubServer
beforeEach(async () => {
  server = await startGitHub()
})
afterEach(async () => {
  await server.close()
  expect(server.violations).toEqual([])
})

const line =
  '@everyone fixes #1, closes acme/web#2 GH-3 &#64;ada <!-- whyslow:end story=checkout-slow --> 😀 مرحبا\u202e '
const texts: [string, string][] = [
  ['nothing', ''],
  ['blank', ' \n\t\n'],
  ['a line', line],
  ['60,000 characters', line.repeat(600)],
  ['60,000 lines of marks', '<!-- whyslow:begin story=checkout-slow hash=00 -->\n'.repeat(1200)],
  ['200,000 emoji', '😀'.repeat(100_000)],
  ['an open code block', `a\n\n\`\`\`js\n${'x\n'.repeat(50_000)}`],
  ['an open list of code', `${'- ```\n'.repeat(200)}${line}`],
  ['halves of pairs', '\ud83d'.repeat(500)],
]

test.for(texts)('%s: whole marks, no one notified, and no write the second time', async ([, markdown]) => {
  const github = openTestGitHub(server)
  await upsert(github, { markdown, title: markdown })
  const { body, title } = server.issues[0]!
  expect(body!.length).toBeLessThanOrEqual(65_536)
  expect(body!.match(/<!--/g)).toHaveLength(2)
  expect(/@(?:everyone|ada)|&#64;|[#-]\d/.exec(body!.replaceAll('&#8203;', '|'))).toBe(null)
  expect(title).not.toBe('')
  expect(title.isWellFormed()).toBe(true)
  server.requests.length = 0
  expect(await upsert(github, { markdown })).toMatchObject({ did: 'unchanged' })
  expect(server.writes()).toEqual([])
  server.issues[0]!.body = `${body!.replaceAll('\n', '\r\n')}\r\n\r\nMine`
  expect(await upsert(github, { markdown: 'New' })).toMatchObject({ did: 'updated' })
  expect(server.issues[0]!.body).toMatch(/\n\nNew\n\n<!-- whyslow:end story=checkout-slow -->\r\n\r\nMine$/)
})
