/** Stories for a report: one that went all the way, one full of hostile text, one whose data is elsewhere. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { seeded } from '../../evidence/workbooks.js'

export const EVIL = `</script></style></title><script>window.harmed = 1</script>"><img src=x onerror="window.harmed = 1"><svg/onload=window.harmed=1>\u202egpj.exe\u0007\u2028<!--`
const EVIL_URL = 'javascript:window.harmed=1'

const ROUTE = 'GET /invoices/:id/pdf'
const FIXED = '2026-10-12T00:00:00Z'

/** `hypotheses`: the first is about all days, the second is nonsense that the data disproves. */
export const INVOICES = {
  id: 'invoices',
  title: 'Invoices are slow',
  status: 'fixing',
  opened: '2026-10-05T08:00:00Z',
  route: ROUTE,
  scope: { where: `route = '${ROUTE}'` },
  reasons: [{ code: 'reported', text: 'reported in ticket 20702' }],
  questions: {
    impact: { value: 'Their accountants wait', source: 'person', at: '2026-10-06' },
    customers: { value: 142, unit: 'customers', source: 'measured', at: '2026-10-06' },
    revenue: { value: 88359, unit: 'USD a month', source: 'measured', at: '2026-10-06' },
  },
  timeboxes: [
    {
      id: 't1',
      started: '2026-10-07T09:00:00Z',
      budget: '1h',
      stopped: '2026-10-07T09:50:00Z',
      learned: 'layoutPages takes nearly all of it',
      ruledOut: 'the database',
      extensions: [{ by: '15m', at: '2026-10-07T09:40:00Z', reason: 'the profile was not in yet' }],
    },
  ],
  hypotheses: [
    {
      id: 'h1',
      claim: 'The new layout makes invoices fast',
      metric: 'under',
      direction: 'up',
      smallest: 0.05,
      design: 'before-after',
      before: { to: FIXED },
      after: { from: FIXED },
      registered: '2026-10-08T09:00:00Z',
    },
    {
      id: 'h2',
      claim: 'Invoices of odd customers are slower',
      metric: 'under',
      direction: 'down',
      smallest: 0.3,
      design: 'with-without',
      before: { where: "account NOT LIKE '%1' AND account NOT LIKE '%3'" },
      after: { where: "account LIKE '%1' OR account LIKE '%3'" },
      registered: '2026-10-08T09:00:00Z',
    },
    {
      id: 'h3',
      claim: 'The median falls',
      metric: 'median',
      direction: 'down',
      design: 'before-after',
      before: { to: FIXED },
      after: { from: FIXED },
      registered: '2026-10-08T09:00:00Z',
    },
  ],
  fixes: [{ id: 'f1', text: 'Layout in linear time', deployed: FIXED, version: '2026.10.12.1' }],
  profiles: [
    { file: 'old.cpuprofile', kind: 'cpu', at: '2026-10-07T09:20:00Z' },
    { file: 'new.cpuprofile', kind: 'cpu', at: '2026-10-13T09:20:00Z' },
    { file: 'broken.cpuprofile', kind: 'cpu', at: '2026-10-06T09:20:00Z' },
  ],
  notes: [{ at: '2026-10-14T10:00:00Z', text: 'Support says that it is better' }],
}

const evilArm = { from: '2026-10-05', to: '2026-10-09' }

export const HOSTILE = {
  ...INVOICES,
  id: 'hostile',
  title: EVIL,
  reasons: [{ code: EVIL, text: EVIL }],
  questions: {
    impact: { value: EVIL, unit: EVIL, source: 'person' },
    shown: { value: EVIL, source: 'person' },
  },
  evidence: [{ id: EVIL, kind: 'share', finding: EVIL, value: 0.5, command: EVIL, sources: [EVIL] }],
  timeboxes: [
    { id: EVIL, started: '2026-10-07T09:00:00Z', budget: '1h', learned: EVIL, ruledOut: EVIL, effort: EVIL },
  ],
  hypotheses: [
    {
      id: EVIL,
      claim: EVIL,
      metric: 'under',
      direction: 'up',
      design: 'canary',
      before: { ...evilArm, where: `client = ${quoteSql(EVIL)} OR true` },
      after: { ...evilArm, where: `client <> ${quoteSql(EVIL)}` },
      registered: '2026-10-08T09:00:00Z',
    },
  ],
  fixes: [{ id: EVIL, text: EVIL, version: EVIL }],
  profiles: [
    { file: 'evil.cpuprofile', kind: EVIL, tool: EVIL, at: '2026-10-07T09:20:00Z' },
    { file: EVIL, kind: 'heap' },
  ],
  attachments: [{ file: EVIL, note: EVIL }, { url: EVIL_URL }],
  notes: [{ text: EVIL }],
  links: { jira: EVIL_URL, github: EVIL },
}

export const EVIL_BODY = `
# ${EVIL}

<img src="https://example.com/x.png" onerror="window.harmed = 1">

- ${EVIL}
- [click](${EVIL_URL}) and [here](https://example.com/"onmouseover="window.harmed=1) and ![](https://example.com/p.png)

\`\`\`html
${EVIL}
\`\`\`
`

export const UNSEEN = {
  id: 'unseen',
  title: 'Checkout is slow',
  status: 'hypothesised',
  route: 'GET /checkout',
  scope: { where: "route = 'GET /checkout'", window: { from: '2025-01-01', to: '2025-02-01' } },
  hypotheses: [{ ...INVOICES.hypotheses[0]!, id: 'h1' }],
  profiles: [{ file: 'gone.cpuprofile', kind: 'cpu', at: '2025-01-07T09:20:00Z' }],
}

function quoteSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export async function writeStory(
  workbook: string,
  story: { id: string },
  body: string,
  files: Record<string, string> = {},
): Promise<void> {
  const folder = path.join(workbook, 'stories', story.id)
  await mkdir(folder, { recursive: true })
  const { id, ...rest } = story
  const values = Object.entries({ id, ...rest }).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  await writeFile(path.join(folder, 'story.md'), `---\n${values.join('\n')}\n---\n${body}`)
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
}

/** As V8 writes it: a tree of so many calls, in which `hot` takes `weight` times as long; the rest of the time is idle. */
export function makeLargeProfile(calls: number, hot: string, weight: number): string {
  const random = seeded(7)
  const children: number[][] = Array.from({ length: calls + 1 }, () => [])
  const depths = [0]
  const parents = Array.from({ length: calls }, (_, i) => {
    const near = i < 5 ? 0 : Math.max(1, i - Math.floor(random() * 40))
    const parent = depths[near]! < 50 ? near : 1 + (i % 5)
    depths[i + 1] = depths[parent]! + 1
    children[parent]!.push(i + 1)
    return parent
  })
  const names = parents.map((_, i) => (i === 3 ? hot : `handle${Math.floor(random() * 900)}Request`))
  const node = (id: number, name: string, url: string, lineNumber = id % 300) => ({
    id: id + 1,
    callFrame: { functionName: name, url, lineNumber, columnNumber: 0, scriptId: '1' },
    hitCount: 1,
    children: children[id]!.map(child => child + 1),
  })
  const nameCall = (name: string, i: number) =>
    name === hot
      ? node(i + 1, name, 'file:///srv/app/src/layout.js', 12)
      : node(i + 1, name, `file:///srv/app/${i % 3 ? 'src' : 'node_modules/express'}/module-${i % 60}.js`)
  const samples: number[] = []
  for (const [i, name] of names.entries())
    for (let n = 0; n < (name === hot ? weight : 1) * (1 + Math.floor(random() * 3)); n += 1)
      samples.push(i + 2)
  const idle = calls + 1
  while (samples.length < calls * 4) samples.push(idle + 1)
  for (let i = samples.length - 1; i > 0; i -= 1) {
    const other = Math.floor(random() * (i + 1))
    ;[samples[i], samples[other]] = [samples[other]!, samples[i]!]
  }
  children[0]!.push(idle)
  children[idle] = []
  const nodes = [node(0, '(root)', ''), ...names.map(nameCall), node(idle, '(idle)', '')]
  return JSON.stringify({
    nodes,
    startTime: 0,
    endTime: samples.length * 1000,
    samples,
    timeDeltas: samples.map(() => 1000),
  })
}
