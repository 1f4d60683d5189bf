import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Look } from '../../src/evidence/look.js'
import {
  escapeMarkdown,
  fitMarkdown,
  markdownBlock,
  markdownCode,
  markdownLink,
  markdownTable,
} from '../../src/reports/markdown.js'
import { renderTicket, type Ticket } from '../../src/reports/ticket.js'
import { renderTicketChart } from '../../src/reports/ticket-chart.js'
import { describePredictions } from '../../src/reports/ticket-sections.js'
import { describeSince } from '../../src/reports/ticket-since.js'
import { fillTemplate } from '../../src/reports/ticket-template.js'
import { distributionFromPairs, quantile, shareUnder } from '../../src/stats/distribution.js'
import { logHistogram } from '../../src/stats/histogram.js'
import { storySchema } from '../../src/stories/schema.js'
import { createStory, type NewStory } from '../../src/stories/write-story.js'
import { createWorkbook, openWorkbook, type Workbook } from '../../src/workbook/workbook.js'

let workbook: Workbook
let template: Ticket['template']
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'whyslow-ticket-'))
  await createWorkbook(dir)
  workbook = await openWorkbook({ cwd: dir })
  const file = fileURLToPath(new URL('../../templates/ticket.md', import.meta.url))
  template = { text: await readFile(file, 'utf8'), file: 'templates/ticket.md' }
})

const T = 300

/** A cache: seven in ten requests hit it, the others take about a second. Times in whole milliseconds. */
function makeLook(change: Partial<Look> = {}): Look {
  const pairs: [number, number][] = []
  for (let i = 0; i < 60; i += 1) {
    const weight = Math.round(150 * Math.exp(-(((i - 30) / 12) ** 2)))
    pairs.push([Math.round(18 * 1.02 ** i), 2 * weight + 10], [Math.round(700 * 1.02 ** i), weight])
  }
  const distribution = distributionFromPairs(pairs)
  const { edges, counts } = logHistogram(distribution, { buckets: 40 })
  const share = shareUnder(distribution, T)
  const days = ['01', '02', '03', '04', '05', '06'].map((day, i) => ({
    day: `2026-10-${day}`,
    requests: 1800 + 13 * i,
    underShare: i < 3 ? 0.97 + 0.002 * i : 0.69 - 0.004 * i,
  }))
  return {
    window: { from: '2026-10-01T00:00:03.120Z', to: '2026-10-06T23:59:58.001Z' },
    requests: distribution.total,
    under_ms: T,
    underShare: share,
    underBounds: null,
    quantiles: [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map(q => ({ q, ms: quantile(distribution, q) })),
    histogram: { edges_ms: edges, counts },
    modes: [
      { ms: 32.4, share: 0.71 },
      { ms: 1268, share: 0.29 },
    ],
    measuredUnder: share,
    shape: null,
    bands: [{ under_ms: T, share, customers: share }],
    unit: 'customer',
    apdex: null,
    outcomes: [{ outcome: 'ok', requests: distribution.total, share: 1 }],
    unfinished: null,
    hours: [],
    weekdays: [],
    week: [],
    days,
    missed: { objective: 0.95, fewest: 20, hours: 0, missed: 0, worstHours: [], worstWeekdays: [] },
    changes: null,
    who: { accounts: [], clients: [], upstreams: [] },
    warnings: [],
    ...change,
  }
}

/** As triage writes it. */
const PROPOSED: NewStory = {
  title: 'GET /products/:id is slow',
  status: 'framed',
  opened: '2026-10-07T08:30:00Z',
  identity: "route = 'GET /products/:id'",
  route: 'GET /products/:id',
  scope: {
    where: "route = 'GET /products/:id'",
    window: {
      from: '2026-10-01T00:00:00Z',
      to: '2026-10-07T00:00:00Z',
    },
  },
  reasons: [
    {
      code: 'target',
      text: '70.9% of requests are good (under 300 ms); 95% interval 67.1% to 74.7%, objective 95.0%',
    },
    {
      code: 'tickets',
      text: '4 support tickets name it',
    },
  ],
  questions: {
    impact: {
      value: '29.1% of requests are slower than 300 ms or fail; half of those take over 1.24 s',
      source: 'measured',
      evidence: ['share'],
      at: '2026-10-07T08:30:00Z',
    },
    customers: {
      value: 58,
      unit: 'customers',
      source: 'measured',
      evidence: ['customers'],
      at: '2026-10-07T08:30:00Z',
    },
    revenue: {
      value: 48250,
      unit: 'EUR a month',
      source: 'measured',
      evidence: ['revenue'],
      at: '2026-10-07T08:30:00Z',
    },
    shown: 'unknown',
    blocks: 'unknown',
    others: {
      value: 'in the same sessions: GET /search (61.0%), POST /cart (22.0%)',
      source: 'measured',
      evidence: ['sessions'],
      at: '2026-10-07T08:30:00Z',
    },
    support: {
      value: '4 tickets, 95 minutes of support',
      source: 'measured',
      evidence: ['tickets'],
      at: '2026-10-07T08:30:00Z',
    },
    churn: {
      value: 5,
      unit: 'customers',
      source: 'measured',
      evidence: ['churn'],
      at: '2026-10-07T08:30:00Z',
    },
  },
  evidence: [
    {
      id: 'share',
      kind: 'share',
      finding: '70.9% of 10,977 requests are good: under 300 ms, without errors (95%: 67.1% to 74.7%)',
      value: 0.709,
      unit: 'share of good requests',
      interval: [0.671, 0.747],
      command: "whyslow look 'GET /products/:id' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'duration',
      kind: 'duration',
      finding: 'half take over 36 ms, one in twenty over 1.61 s',
      value: 1610,
      unit: 'ms (p95)',
      command: "whyslow look 'GET /products/:id' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'shape',
      kind: 'shape',
      finding: '2 peaks: 71.0% around 32 ms, 29.0% around 1.27 s; a bad case to remove',
      command: "whyslow look 'GET /products/:id' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'customers',
      kind: 'customers',
      finding: '58 of 64 customers had at least one request that was not good',
      value: 58,
      unit: 'customers',
      command:
        "whyslow requests --where 'route = '\\''GET /products/:id'\\'' AND (outcome IN ('\\''server_error'\\'', '\\''timeout'\\'') OR (outcome = '\\''ok'\\'' AND duration_ms >= 300) OR (outcome = '\\''aborted'\\'' AND coalesce(elapsed_ms, duration_ms) >= 300))' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'revenue',
      kind: 'revenue',
      finding: 'they pay EUR 48,250 a month (55 known accounts)',
      value: 48250,
      unit: 'EUR a month',
      command:
        "whyslow requests --where 'route = '\\''GET /products/:id'\\'' AND (outcome IN ('\\''server_error'\\'', '\\''timeout'\\'') OR (outcome = '\\''ok'\\'' AND duration_ms >= 300) OR (outcome = '\\''aborted'\\'' AND coalesce(elapsed_ms, duration_ms) >= 300))' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'tickets',
      kind: 'tickets',
      finding: '4 support tickets are about it, 1 of them by their words only: 4711, 4718, 4802, 4809',
      value: 4,
      unit: 'tickets',
      command: 'whyslow triage',
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'churn',
      kind: 'churn',
      finding:
        '5 of the customers hit left afterwards (customer-0b7e12aa, customer-91c04d5e, customer-d00f5511, customer-4b1d77e0, customer-2ac89f31), who paid EUR 3,900 a month; that it was the reason is not said',
      value: 5,
      unit: 'customers',
      command:
        "whyslow requests --where 'route = '\\''GET /products/:id'\\'' AND (outcome IN ('\\''server_error'\\'', '\\''timeout'\\'') OR (outcome = '\\''ok'\\'' AND duration_ms >= 300) OR (outcome = '\\''aborted'\\'' AND coalesce(elapsed_ms, duration_ms) >= 300))' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
    {
      id: 'sessions',
      kind: 'sessions',
      finding: 'in the same sessions: GET /search (61.0%), POST /cart (22.0%)',
      command:
        "whyslow requests --where 'route = '\\''GET /products/:id'\\'' AND (outcome IN ('\\''server_error'\\'', '\\''timeout'\\'') OR (outcome = '\\''ok'\\'' AND duration_ms >= 300) OR (outcome = '\\''aborted'\\'' AND coalesce(elapsed_ms, duration_ms) >= 300))' --from 2026-10-01T00:00:00Z --to 2026-10-07T00:00:00Z",
      at: '2026-10-07T08:30:00Z',
    },
  ],
  tickets: {
    matched: ['4711', '4718', '4802', '4809'],
  },
}

const INVESTIGATED: NewStory = {
  ...PROPOSED,
  title: 'Product pages are slow when the cache misses',
  status: 'measured',
  questions: {
    ...PROPOSED.questions,
    blocks: {
      value: 'Shop owners wait, then reload; nobody is stopped for good',
      source: 'person',
      at: '2026-10-08',
    },
  },
  evidence: [
    ...(PROPOSED.evidence ?? []),
    {
      id: 'profile-1',
      kind: 'profile',
      finding:
        'hottest: renderMarkdown (src/render.js:12) 62.0% of the time, JSON.parse 9.0%, garbage collection 4.0%',
      command: 'whyslow profile attach 4242 --duration 30s --story get-products-id',
      at: '2026-10-08T09:20:00Z',
    },
  ],
  timeboxes: [
    {
      id: 'box-1',
      started: '2026-10-08T09:00:00Z',
      budget: '90m',
      stopped: '2026-10-08T10:02:00Z',
      learned: 'a miss renders the whole page again, a second each',
      ruledOut: 'the database: its queries take 4 ms',
      effort: 'two days',
    },
  ],
  profiles: [
    {
      file: 'profile-1.cpuprofile',
      tool: 'v8',
      kind: 'cpu',
      durationMs: 30_000,
      samples: 24_120,
      at: '2026-10-08T09:20:00Z',
    },
  ],
  hypotheses: [
    {
      id: 'h1',
      claim: 'an index on products.updated_at is missing',
      metric: 'under',
      under: '300ms',
      direction: 'up',
      smallest: 0.01,
      design: 'before-after',
      before: {},
      after: {},
      registered: '2026-10-08T10:10:00Z',
      results: [
        {
          at: '2026-10-10T08:00:00Z',
          verdict: 'no meaningful difference',
          judged: 'disproved',
          before: { requests: 5400, clusters: 60, share: 0.709 },
          after: { requests: 5380, clusters: 59, share: 0.711 },
          change: 0.002,
          interval: [-0.006, 0.009],
        },
      ],
    },
    {
      id: 'h2',
      claim: 'the cache holds fewer products than are looked at in an hour',
      metric: 'under',
      under: '300ms',
      direction: 'up',
      smallest: 0.05,
      design: 'canary',
      before: {},
      after: {},
      registered: '2026-10-10T09:00:00Z',
      results: [
        {
          at: '2026-10-12T08:00:00Z',
          verdict: 'better',
          judged: 'confirmed',
          before: { requests: 5210, clusters: 61, share: 0.705 },
          after: { requests: 5190, clusters: 60, share: 0.981 },
          change: 0.276,
          interval: [0.241, 0.311],
          command: "whyslow hypothesis test get-products-id h2 --canary 'attrs.flag = '\\''big-cache'\\'''",
        },
      ],
    },
    {
      id: 'h3',
      claim: 'search sends people to cold pages',
      metric: 'p95',
      direction: 'down',
      smallest: 50,
      design: 'canary',
      before: {},
      after: {},
      registered: '2026-10-12T09:00:00Z',
    },
  ],
  fixes: [
    {
      id: 'f1',
      text: 'the cache holds 5,000 products instead of 220',
      deployed: '2026-10-13T07:00:00Z',
      version: '8a1c2f09',
      kind: 'cache',
      took: '6h',
    },
  ],
  outcome: {
    at: '2026-10-20T08:00:00Z',
    verdict: 'better',
    under: '300ms',
    before: { requests: 10_977, clusters: 64, share: 0.709, interval: [0.671, 0.747] },
    after: { requests: 11_204, clusters: 66, share: 0.979, interval: [0.97, 0.985] },
    change: 0.27,
    interval: [0.229, 0.311],
    text: 'no complaint has come in since',
    command: 'whyslow story close get-products-id --measure',
    promised: {
      prediction: 'p1',
      kind: 'cache',
      change: 0.302,
      interval: [0.27, 0.33],
      kept: 0.894,
      keptInterval: [0.74, 1.07],
    },
  },
  attachments: [{ url: 'https://videos.example.com/watch/12', note: 'a product page at ten in the morning' }],
  links: { github: 'example/shop#1201' },
  notes: [{ at: '2026-10-14', text: 'told support, who told the four that wrote' }],
}

async function ticketOf(values: NewStory, change: Partial<Ticket> = {}): Promise<Ticket> {
  const { frontMatter, body } = await createStory(workbook, values)
  return {
    story: frontMatter,
    body,
    look: makeLook(),
    under_ms: T,
    objective: 0.95,
    cohort: null,
    template,
    chart: 'text',
    linkOf: () => null,
    ...change,
  }
}

test('a story that went all the way reads as a ticket', async () => {
  const body = `
## What people see

A blank page, for a second or more. They press reload.

## What we know

## What to do

- [x] a larger cache
- [ ] render when a product changes, not when it is looked at
`
  const ticket = await ticketOf(INVESTIGATED, { body })
  await expect(renderTicket(ticket)).toMatchFileSnapshot('../golden/ticket.md')
})

test('a report by hand, without data', async () => {
  const ticket = await ticketOf(
    {
      title: 'Exports time out',
      questions: { impact: { value: 'the export page never loads', source: 'person' } },
    },
    { look: null },
  )
  await expect(renderTicket(ticket)).toMatchFileSnapshot('../golden/ticket-by-hand.md')
})

test('whatever is broken in a title, a finding or an answer stays text', async () => {
  const hostile =
    'x`y` | z <script>alert(1)</script> @octocat fixes #12 [a](javascript:b) ![i](//e.example/x.png) \x1b]0;pwned\x07 ::error::w https://evil.example/a \u202egnp {{body}} $& **b** __c__ ~~d~~ &lt;e&gt; GH-7 :+1: $x$\n\n# h\n- l'
  const ticket = await ticketOf(
    {
      ...INVESTIGATED,
      title: hostile,
      route: `GET /${hostile}`,
      evidence: [
        {
          id: 'share',
          kind: 'share',
          finding: hostile,
          value: 0.5,
          command: `look '${hostile}' \`\`\` @octocat`,
        },
        { id: 'shape', kind: 'shape', finding: `- ${hostile}` },
        { id: 'profile', kind: 'profile', finding: `1. ${hostile}`, command: hostile },
      ],
      questions: {
        impact: { value: hostile, source: 'person' },
        customers: { value: 3, unit: hostile, source: 'person' },
      },
      reasons: [{ code: 'x', text: `> ${hostile}` }],
      hypotheses: INVESTIGATED.hypotheses!.map(hypothesis => ({ ...hypothesis, claim: hostile })),
      timeboxes: INVESTIGATED.timeboxes!.map(box => ({
        ...box,
        learned: hostile,
        ruledOut: hostile,
        effort: hostile,
      })),
      fixes: [{ id: 'f', text: hostile, version: hostile }],
      attachments: [{ url: 'https://v.example/a)b|c<d@e', note: hostile }, { file: `${hostile}.png` }],
      tickets: { matched: [hostile], added: [], excluded: [] },
      links: { jira: hostile, github: 'https://github.com/o/r/issues/1' },
      notes: [{ text: hostile }],
    },
    { body: '' },
  )
  const markdown = renderTicket(ticket)
  expect(markdown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/)
  const text = withoutCode(markdown)
  expect(text).not.toMatch(/@(?!&#8203;)/)
  expect(text).not.toMatch(/(?<!&)#\d|GH-\d/)
  expect(text).not.toMatch(/</)
  expect(text).not.toMatch(/:\+1:/)
  expect(text).not.toMatch(/(?<!\\)[*_~]{2}[bcd](?<!\\)[*_~]{2}/)
  expect(text.match(/(?<!\]\()https?:\/\//g)).toBeNull()
  const targets = [...text.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(match => match[1])
  expect(targets).toEqual(['https://v.example/a%29b%7Cc%3Cd%40e', 'https://github.com/o/r/issues/1'])
  expect(text).toContain('\\{\\{body\\}\\}')
  const headings = text.split('\n').filter(line => line.startsWith('#'))
  expect(headings.map(line => /^#+/.exec(line)![0])).toEqual(['#', ...headings.slice(1).map(() => '##')])
  const rows = text.split('\n').filter(line => line.startsWith('|'))
  expect(new Set(rows.map(row => row.match(/(?<!\\)\|/g)!.length))).toEqual(new Set([3, 5]))
})

/** Markdown without its code blocks and code spans, as a renderer would find them. */
function withoutCode(markdown: string): string {
  const blocks = markdown.replace(/^( *)(`{3,})[^\n]*\n[\s\S]*?\n\1\2$/gm, '')
  return blocks.replace(/(?<![\\`])(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, 'CODE')
}

test.each([
  ['plain text, 3.5 ms (p95), duration_ms >= 5', 'plain text, 3.5 ms (p95), duration_ms &gt;= 5'],
  ['a | b\\|c', 'a \\| b\\\\\\|c'],
  ['@octocat a@b.example', '@&#8203;octocat a@&#8203;b.example'],
  ['fixes #1, o/r#2, GH-3, # x', 'fixes \\#&#8203;1, o/r\\#&#8203;2, GH-&#8203;3, \\# x'],
  ['https://x.example www.x.example', 'https:&#8203;//x.example www&#8203;.x.example'],
  ['<b>&amp;&', '&lt;b&gt;\\&amp;&'],
  ['*a* _b_ `c` ~d~ [e](f) $g$', '\\*a\\* \\_b\\_ \\`c\\` \\~d\\~ \\[e\\](f) \\$g\\$'],
  ['- a', '\\- a'],
  ['12. a', '12\\. a'],
  ['=== ', '\\==='],
  ['14:03:21 :tada: /orders/:id/:x', '14:03:21 :&#8203;tada: /orders/:id/:x'],
  ['a\n\n# b\tc\x1b[31m', 'a \\# b c\\\\x1b\\[31m'],
])('%j is escaped', (text, expected) => {
  expect(escapeMarkdown(text)).toBe(expected)
})

test('code keeps what is in it, and nothing gets out of it', () => {
  expect(markdownCode('a`b')).toBe('``a`b``')
  expect(markdownCode('`x``')).toBe('``` `x`` ```')
  expect(markdownCode('a\n@b')).toBe('`a @b`')
  expect(markdownBlock('a\n```\nb\x07', 'sh')).toBe('````sh\na\n```\nb\\x07\n````')
  expect(markdownTable(['a', 'b'], [[markdownCode('x|y'), escapeMarkdown('p|q')]])).toBe(
    '| a | b |\n| --- | --- |\n| `x\\|y` | p\\|q |',
  )
  expect(markdownLink('x', 'javascript:alert(1)')).toBe('x')
})

describe('what people wrote', () => {
  test('loses its empty headings and comments, and lies under the headings of the ticket', () => {
    const body =
      '\n# A\n\n<!-- ask Bo\n# no -->text <!-- x --> end\n\n## Empty\n\n## B\n\n### C\nc\n\n## Last\n'
    expect(fitMarkdown(body)).toBe('### A\n\ntext  end\n\n#### B\n\n##### C\nc')
  })

  test('stays as it is inside of code, and closes it', () => {
    const body = '~~~\n# not a heading\n<!-- kept -->\n\n\n```\n'
    expect(fitMarkdown(body)).toBe('~~~\n# not a heading\n<!-- kept -->\n\n\n```\n\n~~~')
  })

  test('that is nothing is nothing', () => {
    expect(fitMarkdown('\n## What people see\n\n## What we know\n\n## What to do\n')).toBe('')
  })
})

describe('a template', () => {
  test('leaves out a section of which every part is empty, with those under it', () => {
    const text =
      '# {{a}}\n\n## B\n\n{{b}}\n\n### C\n{{c}}\n\n## D\ntext\n\n## E\n{{b}}\n{{a}}\n\n---\n\n{{b}}'
    expect(fillTemplate(text, { a: 'x', b: '', c: '' }, 't')).toBe('# x\n\n## D\ntext\n\n## E\nx')
  })

  test('takes values as they are', () => {
    expect(fillTemplate('{{a}}|{{ b }}', { a: '{{b}} $& $1', b: 'y' }, 't')).toBe('{{b}} $& $1|y')
  })

  test('says where a name is wrong', () => {
    const fill = () =>
      fillTemplate('<!-- {{nope}}\n-->\n a {{claims}}', { claim: 'x' }, 'templates/ticket.md')
    expect(fill).toThrow(
      expect.objectContaining({ place: { file: 'templates/ticket.md', line: 3, column: 4 } }),
    )
  })
})

describe('the chart', () => {
  test('divides the line of the target exactly, and names it', () => {
    const chart = renderTicketChart({
      histogram: { edges_ms: [1, 10, 100, 1000], counts: [25, 50, 25] },
      modes: [{ ms: 30, share: 1 }],
      under_ms: 50,
      measuredUnder: 0.5,
    })
    expect(chart.split('\n')).toEqual([
      '  1 ms –  10 ms  25.0% ████████████████',
      ' 10 ms – 100 ms  50.0% ████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒ ◄ peak at 30 ms ◄ target: 50 ms',
      '100 ms – 1.00 s  25.0% ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒',
    ])
  })

  test('of nothing is nothing, of one value a line', () => {
    const base = { modes: [], under_ms: 50, measuredUnder: null }
    expect(renderTicketChart({ ...base, histogram: { edges_ms: [], counts: [] } })).toBe('')
    expect(renderTicketChart({ ...base, histogram: { edges_ms: [5, 20], counts: [7] } })).toBe(
      `5 ms – 20 ms 100.0% ${'█'.repeat(32)}`,
    )
  })

  test('gives a few stray fast requests one line', () => {
    const counts = [1, 0, 1, 0, 1, 0, 0, 500, 400, 100]
    const edges_ms = Array.from({ length: 11 }, (_, i) => 2 ** i)
    const chart = renderTicketChart({
      histogram: { edges_ms, counts },
      modes: [],
      under_ms: 3,
      measuredUnder: null,
    })
    expect(chart.split('\n').map(line => line.replace(/ +[\d.]+%.*/, '').trim())).toEqual([
      '1 ms – 128 ms',
      '128 ms – 256 ms',
      '256 ms – 512 ms',
      '512 ms – 1.02 s',
    ])
    expect(chart).toContain('▏ ◄ target: 3 ms')
  })

  test('keeps every request of a real histogram, in at most 20 lines', () => {
    const lines = renderTicketChart(makeLook()).split('\n')
    expect(lines).toHaveLength(20)
    const shares = lines.map(line => Number(/([\d.]+)%/.exec(line)?.[1] ?? 0))
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 0)
  })
})

describe('since when', () => {
  const days = (...shares: number[]) =>
    shares.map((underShare, i) => ({ day: `2026-10-0${i + 1}`, requests: 500, underShare }))

  test('a step between days that are alike', () => {
    expect(describeSince(days(0.98, 0.97, 0.98, 0.7, 0.69, 0.71))).toBe(
      '2026-10-04 (97.7% of requests were good on the days before, 70.0% from then on)',
    )
  })

  test.each([
    [[0.7, 0.71, 0.69, 0.7]],
    [[0.9, 0.8, 0.7, 0.6]],
    [[0.98, 0.7, 0.98, 0.7]],
    [[0.98, 0.7]],
    [[0.951, 0.95, 0.945, 0.944]],
  ])('no step in %j: it was so when the data starts', shares => {
    expect(describeSince(days(...shares))).toBe('2026-10-01 or earlier: that is where the data starts')
  })

  test('nothing is said without days', () => {
    expect(describeSince([])).toBe('')
    expect(describeSince([{ day: '2026-10-01', requests: 3, underShare: 0.1 }])).toBe('')
  })
})

test('a closed story says at its head why, and doesn’t wait for its fix', async () => {
  const fixes = [{ id: 'f1', text: 'a larger cache', deployed: null }]
  const notes = [
    { at: '2026-10-08T08:00:00Z', text: 'seen by support' },
    { at: '2026-10-21T08:00:00Z', text: 'the page was removed' },
  ]
  const closed = renderTicket(await ticketOf({ ...INVESTIGATED, status: 'closed', fixes, notes }))
  expect(closed).toMatch(/^\*\*Where it stands:\*\* closed .* · closed because: the page was removed\.$/m)
  expect(closed).toContain('A larger cache. *(when it was deployed was not written down)*')
  const before = renderTicket(await ticketOf({ ...INVESTIGATED, status: 'closed', notes: notes.slice(0, 1) }))
  expect(before).not.toContain('closed because')
  const fixing = renderTicket(await ticketOf({ ...INVESTIGATED, status: 'fixing', fixes, notes }))
  expect(fixing).toContain('*(not deployed yet)*')
  expect(fixing).not.toContain('closed because')
})

test('the state of the story decides what it asks for, and in which tense', async () => {
  const closed = renderTicket(await ticketOf({ ...INVESTIGATED, status: 'closed' }))
  expect(closed).not.toContain('What we don’t know yet')
  const { outcome: _, ...open } = INVESTIGATED
  const confirmed = renderTicket(await ticketOf({ ...open, status: 'confirmed' }))
  expect(confirmed).toContain('`GET /products/:id` is slow for 58 customers: 29.1%')
  const unmeasured = renderTicket(await ticketOf({ title: 'Slow', route: 'GET /x' }, { look: null }))
  expect(unmeasured).toContain('**`GET /x` is slow. How slow has not been measured yet.**')
})

test('what a change was said to buy: a line each', () => {
  const prediction = {
    id: 'p1',
    at: '2026-10-19T09:30:00Z',
    what: 'span “<b>” taking no time',
    under: '500ms',
    share: { before: 0.409, after: 0.982, interval: [0.968, 0.99] as [number, number] },
    change: { value: 0.573 },
  }
  const story = storySchema.parse({
    id: 'a',
    title: 'A',
    predictions: [prediction, { ...prediction, id: 'p2', customers: { cross: 1, of: 156 } }],
  })
  expect(describePredictions(story)).toBe(
    [
      '- **With span “&lt;b&gt;” taking no time:** 40.9% → 98.2% under 500 ms (95%: 96.8% to 99.0%) *(predicted 2026-10-19)*',
      '- **With span “&lt;b&gt;” taking no time:** 40.9% → 98.2% under 500 ms (95%: 96.8% to 99.0%); 1 customer crosses, of 156 *(predicted 2026-10-19)*',
    ].join('\n'),
  )
})
