import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readAdfText } from '../../../src/trackers/jira/adf.js'
import { EMAIL, TOKEN } from './jira-operations.js'
import { openJiraServer } from './jira-server.js'

const app = fileURLToPath(new URL('apps/export.mjs', import.meta.url))
const STORIES = 10
const CRASHES = 20

/** The same every time: mulberry32. */
function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test.for(['cloud', 'datacenter'] as const)(
  'twenty crashes and one whole export make ten tickets in %s',
  async flavour => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'whyslow-jira-'))
    const server = await openJiraServer({ flavour, lag_ms: 60 })
    const random = makeRandom(flavour === 'cloud' ? 6 : 7)
    const run = (startAt: number) => {
      const { site } = server
      const email = flavour === 'cloud' ? EMAIL : null
      const options = { site, flavour, email, token: TOKEN, folder, stories: STORIES, startAt }
      return spawn(process.execPath, [app, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
    }
    const kill = (child: ChildProcess) => child.kill('SIGKILL')
    try {
      for (let crash = 0; crash < CRASHES; crash += 1) {
        // At a request, before it takes effect or after it, when the answer isn't sent yet.
        let left = 1 + Math.floor(random() * 12)
        const isAfter = random() < 0.7
        const child = run(Math.floor(random() * STORIES))
        const count = () => {
          left -= 1
          if (left === 0) kill(child)
        }
        server.options.onRequest = isAfter ? () => {} : count
        server.options.onDone = isAfter ? count : () => {}
        await once(child, 'exit')
      }
      server.options.onRequest = () => {}
      server.options.onDone = () => {}
      const child = run(0)
      const printed = child.stdout!.toArray()
      expect((await once(child, 'exit'))[0]).toBe(0)
      const results = Buffer.concat(await printed)
        .toString()
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))

      expect(server.state.problems).toEqual([])
      expect(results.map(({ warnings }) => warnings)).toEqual(results.map(() => []))
      const issues = [...server.state.issues.values()]
      expect(issues).toHaveLength(STORIES)
      for (const { key, properties, comments, attachments } of issues) {
        const { story, comment } = properties.get('whyslow') as { story: string; comment: string }
        expect(results.find(result => result.key === key)).toBeDefined()
        expect(comments.map(({ id }) => id)).toEqual([comment])
        const { body } = comments[0]!
        expect(typeof body === 'string' ? body : readAdfText(body)).toContain(
          `${story} is slow`.split(' ')[0],
        )
        expect(attachments.map(({ filename }) => filename.slice(17))).toEqual(['chart.svg', 'report.html'])
      }
      expect(new Set(issues.map(({ properties }) => JSON.stringify(properties.get('whyslow')))).size).toBe(
        STORIES,
      )
      expect(server.state.links.length).toBeLessThanOrEqual(1)
      // The crashes did hit: not all of it was left to the last run.
      expect(results.filter(({ did }) => did !== 'created').length).toBeGreaterThan(0)
    } finally {
      await server.close()
      await rm(folder, { recursive: true })
    }
  },
)
