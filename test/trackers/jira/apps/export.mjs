// Exports ten stories, and keeps their links as an export does: after the ticket exists, and before anything else is written to it.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { openJira } from '../../../../dist/trackers/jira/open-jira.js'
import { openTransport } from '../../../../dist/trackers/transport.js'

const { site, flavour, email, token, folder, stories, startAt } = JSON.parse(process.argv[2])

const jira = openJira({
  site,
  flavour,
  credentials: { email, token },
  project: 'ABC',
  issueType: 'Bug',
  fields: {},
  priority: null,
  labels: [],
  components: [],
  linkType: 'Relates',
  fetch: openTransport({
    proxy: { http: null, https: null, no: null },
    limit_ms: 5_000,
    signal: new AbortController().signal,
    dryRun: null,
  }),
  pause: ms => sleep(ms / 20),
  now: () => new Date(),
})

const fileOf = story => `${folder}/${story}.json`
const linkOf = story =>
  existsSync(fileOf(story)) ? JSON.parse(readFileSync(fileOf(story), 'utf8')).key : null

for (let i = 0; i < stories; i += 1) {
  const story = `story-${(startAt + i) % stories}`
  const bytes = text => new TextEncoder().encode(text)
  const upserted = await jira.upsert(
    {
      story,
      title: `The story ${story}`,
      markdown: `**${story}** is slow.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |`,
      files: [
        { name: 'chart.svg', type: 'image/svg+xml', bytes: bytes(`<svg id="${story}"/>`) },
        { name: 'report.html', type: 'text/html', bytes: bytes(`<p>${story}`) },
      ],
      numbers: { customers: null, revenue: null, supportTickets: null, goodShare: null },
      parent: story === 'story-1' ? linkOf('story-0') : null,
    },
    {
      key: linkOf(story),
      repair: false,
      onFound: async link => {
        writeFileSync(`${fileOf(story)}.tmp`, JSON.stringify(link))
        renameSync(`${fileOf(story)}.tmp`, fileOf(story))
      },
    },
  )
  process.stdout.write(`${JSON.stringify(upserted)}\n`)
}
