/** A story in which everything has happened that can. */
import { type StoryFrontMatter, type StoryInput, storySchema } from '../../src/stories/schema.js'

/** With nothing but its name. */
export const ANY_STORY = storySchema.parse({ id: 'any', title: 'Anything' })

const arm = (share: number, requests: number) => ({
  requests,
  clusters: 40,
  share,
  interval: [share - 0.02, share + 0.02] as [number, number],
})

/** `say` makes every text that a person or a log may have put in. */
export function makeEventful(say: (text: string) => string = text => text): StoryFrontMatter {
  const story: StoryInput = {
    id: 'slow-invoices',
    title: say('Invoices as PDF take seconds for customers with many lines'),
    status: 'measured',
    opened: '2026-10-05T08:00:00Z',
    route: say('GET /invoices/:id/pdf'),
    scope: {
      where: say("route = 'GET /invoices/:id/pdf' AND account IS NOT NULL"),
      window: { from: '2026-09-21T00:00:00Z', to: '2026-10-05T00:00:00Z' },
    },
    under: '1s',
    reasons: [{ code: 'share', text: say('61.2% of requests are under 1 s, the objective is 95.0%') }],
    questions: {
      impact: { value: say('They wait, reload and get it twice'), source: 'person', at: '2026-10-06' },
      customers: {
        value: 312,
        unit: say('customers'),
        source: 'measured',
        evidence: ['customers'],
        at: '2026-10-05',
      },
      churn: { value: false, source: 'person' },
    },
    evidence: [
      {
        id: 'share',
        kind: 'share',
        finding: say('61.2% of 4,120 requests are good: under 1 s, without errors (95%: 55.0% to 67.4%)'),
        value: 0.612,
        unit: 'share of good requests',
        interval: [0.55, 0.674],
        sources: ['a1b2c3'],
        command: say("whyslow look 'GET /invoices/:id/pdf' --under 1000ms"),
        at: '2026-10-05T08:00:00Z',
      },
      {
        id: 'duration',
        kind: 'duration',
        finding: say('half take over 640 ms, one in twenty over 4.10 s'),
        value: 4100,
        unit: 'ms (p95)',
        command: say("whyslow look 'GET /invoices/:id/pdf' --under 1000ms"),
      },
      { id: 'seen', kind: 'seen', finding: say('two peaks: a cold and a warm cache') },
    ],
    timeboxes: [
      {
        id: 't1',
        started: '2026-10-05T09:00:00Z',
        budget: '90m',
        stopped: '2026-10-05T10:45:00Z',
        learned: say('each line of an invoice loads its font again'),
        ruledOut: say('the database: its queries take 12 ms together'),
        effort: say('a day'),
        extensions: [{ by: '30m', at: '2026-10-05T10:20:00Z', reason: say('the profile was just taken') }],
      },
    ],
    hypotheses: [
      {
        id: 'h1',
        claim: say('it is slow because of large logos'),
        metric: 'under',
        direction: 'down',
        smallest: 0.05,
        design: 'with-without',
        before: { where: say("NOT (attrs.logo = 'large')") },
        after: { where: say("attrs.logo = 'large'") },
        registered: '2026-10-05T09:40:00Z',
        results: [
          {
            at: '2026-10-12T09:00:00Z',
            verdict: 'no meaningful difference',
            judged: 'disproved',
            before: arm(0.61, 2000),
            after: arm(0.615, 2120),
            change: 0.005,
            interval: [-0.01, 0.02],
            command: say('whyslow hypothesis test slow-invoices --hypothesis h1'),
            exploratory: true,
          },
        ],
      },
      {
        id: 'h2',
        claim: say('a font that is loaded once makes invoices fast'),
        metric: 'p95',
        direction: 'down',
        design: 'before-after',
        before: { to: '2026-10-13T00:00:00Z' },
        after: { from: '2026-10-13T00:00:00Z' },
        registered: '2026-10-12T10:00:00Z',
        watch: { looks: 4 },
        results: [
          {
            at: '2026-10-19T09:00:00Z',
            verdict: 'better',
            judged: 'confirmed',
            before: arm(0.61, 2000),
            after: arm(0.97, 2120),
            change: -3200,
            interval: [-3600, -2900],
            looks: 4,
          },
        ],
      },
    ],
    profiles: [
      {
        file: 'front.cpuprofile',
        tool: 'v8',
        kind: 'cpu',
        pid: 4711,
        durationMs: 5020,
        samples: 3684,
        at: '2026-10-05T09:20:00Z',
        timebox: 't1',
      },
      {
        file: 'invoices.cpuprofile',
        tool: 'v8',
        kind: 'cpu',
        pid: 4712,
        durationMs: 5020,
        samples: 3684,
        at: '2026-10-05T09:20:01Z',
        timebox: 't1',
      },
    ],
    predictions: [
      {
        id: 'p1',
        at: '2026-10-12T11:00:00Z',
        what: say('a font that is loaded once takes nothing'),
        kind: say('cache'),
        under: '1s',
        share: { before: 0.612, after: 0.98, interval: [0.96, 1] },
        change: { value: 0.368, interval: [0.33, 0.4] },
        customers: { cross: 188.4, interval: [170, 205], of: 312 },
        revenue: 41200,
        command: say('whyslow whatif slow-invoices --cap 800ms --under 1s'),
        assumptions: [say('the other parts take as long as now')],
      },
    ],
    fixes: [
      {
        id: 'f1',
        text: say('Load the font once'),
        deployed: '2026-10-13',
        version: say('v2.4.1'),
        kind: say('cache'),
        prediction: 'p1',
        took: say('6h'),
      },
    ],
    outcome: {
      at: '2026-10-20T09:00:00Z',
      verdict: 'better',
      before: arm(0.612, 4120),
      after: arm(0.968, 4310),
      change: 0.356,
      interval: [0.29, 0.42],
      under: '1s',
      text: say('Invoices are fast for everybody'),
      promised: {
        prediction: 'p1',
        hypothesis: 'h2',
        kind: say('cache'),
        change: 0.368,
        interval: [0.33, 0.4],
        kept: 0.967,
        keptInterval: [0.77, 1.18],
        judged: 'confirmed',
      },
    },
    notes: [
      { at: '2026-10-06T09:00:00Z', text: say('A customer sent a video') },
      { text: say('Ask sales about the renewals') },
    ],
    tickets: { matched: [say('T-1041'), say('T-1077')] },
    links: { github: 'acme/shop#12' },
  }
  return storySchema.parse(story)
}
