import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runSource, sourceOf } from '../../workbook/run-source.js'
import { type GitHubServer, startGitHub, TOKEN } from './github-server.js'

/** Ten stories; the last five were split off from the first. Each link is a file, written as soon as it is known, as a story is. */
const exportAll = (api: string, folder: string, text: string) => `
  import { existsSync, readFileSync, writeFileSync, renameSync } from 'node:fs'
  import { openGitHub } from ${JSON.stringify(sourceOf('trackers/github/open-github.ts'))}
  const github = openGitHub({
    repo: 'acme/web', api: ${JSON.stringify(api)}, token: ${JSON.stringify(TOKEN)}, second_ms: 1, limit_ms: 20_000,
    proxy: { http: null, https: null, no: null }, signal: new AbortController().signal, dryRun: null,
  })
  const fileOf = story => ${JSON.stringify(`${folder}/`)} + story
  const keyOf = story => existsSync(fileOf(story)) ? readFileSync(fileOf(story), 'utf8') : null
  console.log('ready')
  for (let i = 0; i < 10; i += 1) {
    const story = 'story-' + i
    const { did, warnings } = await github.upsert(
      {
        story, title: 'Story ' + i, markdown: ${JSON.stringify(text)} + i, files: [], parent: i < 5 ? null : keyOf('story-0'),
        numbers: { customers: null, revenue: null, supportTickets: null, goodShare: null },
      },
      {
        key: keyOf(story), repair: false,
        onFound: async ({ key }) => {
          writeFileSync(fileOf(story) + '.tmp', key)
          renameSync(fileOf(story) + '.tmp', fileOf(story))
        },
      },
    )
    console.log(did, ...warnings.map(({ code }) => code))
  }
`

/** Whether it was still at work. */
async function killAfter(server: GitHubServer, requests: number, code: string): Promise<boolean> {
  const child = runSource(code)
  server.requests.length = 0
  const ended = child.ended.then(() => true)
  while (server.requests.length < requests) if (await Promise.race([ended, sleep(1).then(() => false)])) break
  // Not all at the arrival of a request.
  await sleep((requests * 7) % 5)
  child.process.kill('SIGKILL')
  return (await child.ended).code === null
}

test('twenty crashes, then a clean export: ten issues, all in place', async () => {
  const server = await startGitHub()
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-crashes-'))
  try {
    const seed = Date.now() % 10_000
    let state = seed
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    for (let crashes = 0, runs = 0; crashes < 20; runs += 1) {
      const code = exportAll(server.api, folder, `Text ${runs} of story `)
      if (await killAfter(server, 1 + random(30), code)) crashes += 1
      // A link that was lost altogether.
      const links = await readdir(folder)
      if (runs % 4 === 3 && links.length > 0) await rm(path.join(folder, links[random(links.length)]!))
    }
    const clean = runSource(exportAll(server.api, folder, 'Text x of story '))
    expect((await clean.ended).stderr, `seed ${seed}`).toBe('')
    expect(server.issues.map(({ title }) => title).sort(), `seed ${seed}`).toEqual(
      Array.from({ length: 10 }, (_, i) => `Story ${i}`),
    )
    const first = server.issues.find(({ title }) => title === 'Story 0')!
    for (const issue of server.issues) {
      const i = Number(issue.title.slice(6))
      expect(issue.labels).toEqual(['whyslow', `whyslow:story-${i}`])
      expect(issue.body).toMatch(
        new RegExp(
          `^<!-- whyslow:begin story=story-${i} .*>\n\nText x of story ${i}\n\n<!-- whyslow:end .*>$`,
        ),
      )
      expect(issue.parent).toBe(i < 5 ? null : first.number)
    }
    expect(server.violations).toEqual([])
    server.requests.length = 0
    const again = await runSource(exportAll(server.api, folder, 'Text x of story ')).ended
    expect(again.stdout).toBe(`ready\n${'unchanged\n'.repeat(10)}`)
    expect(server.writes()).toEqual([])
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
})
