/** Results of each kind that is drawn: as they usually are, as far out as they come, and with next to nothing in them. */

import type { Look } from '../../../src/evidence/look.js'
import type {
  HistoryChange,
  HistoryLevel,
  MetricHistory,
} from '../../../src/experiments/benchmarks/history.js'
import type { Effect } from '../../../src/reports/charts/effects.js'
import type { KnownShare } from '../../../src/reports/charts/shares.js'

export const HOSTILE =
  '</title><script>window.harmed=1</script><img src=x onerror="window.harmed=2">\u001b[31m\u202e&amp;'
const LONG =
  'a label that goes on and on, as conditions and claims of people do when nobody stops them'.repeat(2)

const edges = (count: number, from: number, to: number) =>
  Array.from({ length: count + 1 }, (_, i) => from * (to / from) ** (i / count))

export const DISTRIBUTIONS = {
  normal: {
    histogram: {
      edges_ms: edges(40, 10, 2600),
      counts: Array.from({ length: 40 }, (_, i) => (i < 15 ? 40 + i : i > 30 ? 30 : 3)),
    },
    modes: [
      { ms: 40, share: 0.6 },
      { ms: 1900, share: 0.3 },
    ],
    under_ms: 300,
    measuredUnder: 0.7,
  },
  /** With zeros, over nine tens, three peaks close to each other and the target beyond. */
  extreme: {
    histogram: {
      edges_ms: [0, ...edges(39, 0.001, 3_600_000)],
      counts: Array.from({ length: 40 }, (_, i) => (i === 39 ? 1e9 : i % 7 === 0 ? 1 : 0)),
    },
    modes: [
      { ms: 3_500_000, share: 0.9 },
      { ms: 3_550_000, share: 0.05 },
      { ms: 3_600_000, share: 0.05 },
    ],
    under_ms: 86_400_000,
    measuredUnder: 1,
  },
  empty: { histogram: { edges_ms: [20, 40, 80], counts: [0, 1] }, modes: [], under_ms: 5, measuredUnder: 0 },
} satisfies Record<string, Pick<Look, 'histogram' | 'modes' | 'under_ms' | 'measuredUnder'>>

const THRESHOLDS = [100, 250, 500, 1000, 2500, 10_000]

export const BANDS = {
  normal: {
    bands: [...THRESHOLDS, 300]
      .sort((a, b) => a - b)
      .map((under_ms, i) => ({ under_ms, share: 0.1 + i * 0.13, customers: 0.05 + i * 0.12 })),
    under_ms: 300,
    unit: 'customer',
  },
  extreme: {
    bands: THRESHOLDS.map((under_ms, i) => ({
      under_ms,
      share: i % 2,
      customers: i % 2 === 0 ? 0.0001 : 0.99999,
    })),
    under_ms: 86_400_000,
    unit: 'client',
  },
  empty: { bands: [{ under_ms: 500, share: 0, customers: null }], under_ms: 500, unit: 'time block' },
} satisfies Record<string, Pick<Look, 'bands' | 'under_ms' | 'unit'>>

export const WEEKS = {
  normal: Array.from({ length: 168 }, (_, i) => ({
    weekday: Math.floor(i / 24) + 1,
    hour: i % 24,
    requests: 100 + i,
    underShare: 1 - ((i * 37) % 100) / 400,
  })).filter(({ hour }) => hour > 5),
  extreme: Array.from({ length: 168 }, (_, i) => ({
    weekday: Math.floor(i / 24) + 1,
    hour: i % 24,
    requests: 1e12,
    underShare: [0, 1, 0.9999, null, 0.98, 0.95, 0.9, 0.75][i % 8]!,
  })),
  empty: [{ weekday: 7, hour: 23, requests: 1, underShare: 1 }],
} satisfies Record<string, Look['week']>

const day = (i: number) => new Date(Date.UTC(2026, 9, 5) + i * 86_400_000).toISOString().slice(0, 10)
const deploy = (version: string | null) => ({
  time: '2026-10-12T08:02:09Z',
  version,
  commit: '7f3a9d2c4b6e8f10a2c4e6d8b0f1a3c5e7092b4d',
})

export const DAYS = {
  normal: {
    days: Array.from({ length: 14 }, (_, i) => ({
      day: day(i),
      requests: 100,
      underShare: i < 8 ? 0.95 - (i % 3) / 100 : 0.8,
    })),
    changes: {
      points: [
        { day: day(8), before: 0.94, after: 0.8, p: 0.001, deploys: [deploy('2026.10.12.1'), deploy(null)] },
      ],
      correlation: null,
      seed: 1,
    },
  },
  /** Three years with gaps, and changes next to each other. */
  extreme: {
    days: Array.from({ length: 1100 }, (_, i) => ({
      day: day(i),
      requests: 1e9,
      underShare: i % 50 === 0 ? null : (i * 7919) % 1000 === 0 ? 0 : ((i * 7919) % 1000) / 1000,
    })).filter((_, i) => i % 9 !== 0),
    changes: {
      points: [10, 16, 22, 1090].map(i => ({
        day: day(i),
        before: 0,
        after: 1,
        p: 0.001,
        deploys: [deploy(HOSTILE)],
      })),
      correlation: 0.8,
      seed: 1,
    },
  },
  empty: { days: [0, 1].map(i => ({ day: day(i), requests: 1, underShare: 1 })), changes: null },
} satisfies Record<string, Pick<Look, 'days' | 'changes'>>

const arm = (share: number) => ({
  requests: 1000,
  clusters: 40,
  days: 7,
  share,
  interval: [share - 0.02, share + 0.02] as [number, number],
})
const arms = { before: arm(0.8), after: arm(0.9) }
const hill = (middle: number) =>
  Array.from({ length: 60 }, (_, i) => Math.round(1000 * Math.exp(-((i - middle) ** 2) / 40)))

export const OVERLAYS = {
  normal: {
    histograms: { edges_ms: edges(60, 5, 8000), before: hill(34), after: hill(24) },
    under_ms: 300,
    arms,
  },
  extreme: {
    histograms: {
      edges_ms: edges(60, 0.01, 36_000_000),
      before: [1, ...Array<number>(59).fill(0)],
      after: [...Array<number>(59).fill(0), 1e9],
    },
    under_ms: 1e9,
    arms,
  },
  empty: { histograms: { edges_ms: [100, 101], before: [0], after: [1] }, under_ms: 100.5, arms },
}

const QS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]

export const SHIFTS = {
  normal: QS.map((q, i) => ({
    q,
    before_ms: 100 + 50 * i,
    after_ms: 90 + 40 * i,
    change_ms: -10 - 10 * i,
    interval_ms: [-20 - 14 * i, 4 - 5 * i] as [number, number],
    few: null,
  })),
  extreme: QS.map((q, i) => ({
    q,
    before_ms: 1,
    after_ms: 3_600_000,
    change_ms: 0.01 * 10 ** i,
    interval_ms: i === 10 ? null : ([-0.005, 0.02 * 10 ** i] as [number, number]),
    few: i === 10 ? ('numbers' as const) : null,
  })),
  empty: [{ q: 0.5, before_ms: 7, after_ms: 7, change_ms: 0, interval_ms: null, few: 'days' as const }],
}

const cause = (
  where: string,
  riskRatio: number | null,
  interval: [number, number | null] | null,
  confirmed = true,
) => ({
  where,
  covers: 0.82,
  requests: 1200,
  slow: 900,
  riskRatio,
  interval,
  q: confirmed ? 0.001 : 0.4,
  confirmed,
  reason: null,
  sameAs: [],
})
const explained = { slowOver_ms: 500, slow: 1100, requests: 9000 }

export const CAUSES = {
  normal: {
    ...explained,
    causes: [
      cause(`upstream = '10.0.0.7:80' AND attrs.cache = 'MISS'`, 8.3, [5.1, 13.6]),
      cause(`hour("time") = 9`, 2.1, [1.4, 3.2]),
      cause(`attrs.version = '2026.10.12'`, 1.3, [0.8, 2.1], false),
    ],
  },
  extreme: {
    ...explained,
    causes: [
      cause(`user_agent = '${HOSTILE}'`, 123_456, [98, null]),
      cause(LONG, null, null),
      cause('a', 0, [0, 0.2], false),
      cause('b', 0.003, [0.001, 0.01], false),
    ],
  },
  empty: { ...explained, causes: [cause('a', null, null, false)] },
}

const route = (name: string, underShare: number | null, total_ms: number) => ({
  route: name,
  requests: 1234,
  under_ms: 500,
  underShare,
  p50_ms: 20,
  p95_ms: 800,
  p99_ms: null,
  total_ms,
  errorShare: 0,
  unfinishedShare: 0,
  clients: 12,
  accounts: 10,
  shape: [],
})

const NO_OTHERS = { routes: 0, requests: 0, total_ms: 0 }

export const ROUTES = {
  normal: {
    total_ms: 6_400_000,
    others: NO_OTHERS,
    routes: [
      route('GET /orders', 0.409, 1_602_000),
      route('GET /reports/monthly', 0.536, 1_458_000),
      route('GET /invoices/:id/pdf', 0.107, 1_452_000),
      route('GET /products/:id', 0.717, 1_422_000),
      route('GET /search', 1, 96_000),
      route('(no route)', null, 6),
    ],
  },
  extreme: {
    total_ms: 4e13,
    others: { routes: 1e6, requests: 1e9, total_ms: 1e12 },
    routes: [
      route(HOSTILE, 0.5, 4e13),
      ...Array.from({ length: 39 }, (_, i) => route(`GET /${LONG}/${i}`, i % 2, i % 3)),
    ],
  },
  empty: { total_ms: 0, others: NO_OTHERS, routes: [route('GET /', null, 0)] },
}

export const EFFECTS = {
  normal: [
    {
      label: 'Invoices are rendered in a worker',
      change: 0.31,
      interval: [0.24, 0.38],
      smallest: 0.01,
      verdict: 'better',
    },
    {
      label: 'Orders have an index',
      change: 0.002,
      interval: [-0.004, 0.008],
      smallest: 0.01,
      verdict: 'no meaningful difference',
    },
    {
      label: 'Search without the facets',
      change: -0.06,
      interval: [-0.1, -0.02],
      smallest: 0.01,
      verdict: 'worse',
    },
    { label: 'Reports are cached', change: 0.04, interval: null, smallest: 0.05, verdict: 'cannot tell yet' },
  ],
  extreme: [
    { label: LONG, change: 1, interval: [0.9999, 1], smallest: 0.00001, verdict: 'better' },
    { label: HOSTILE, change: -1, interval: [-1, -0.9], smallest: 0.5, verdict: 'worse' },
    { label: '', change: null, interval: null, smallest: 0.01, verdict: 'cannot tell yet' },
  ],
  empty: [{ label: 'Nothing yet', change: null, interval: null, smallest: 0.01, verdict: 'cannot tell yet' }],
} satisfies Record<string, Effect[]>

export const SHARES = {
  normal: [
    { label: 'GET /invoices/:id/pdf', share: 0.107, interval: [0.08, 0.14] },
    { label: 'GET /orders', share: 0.41, interval: [0.37, 0.45] },
    { label: 'GET /search', share: 1, interval: [0.998, 1] },
  ],
  extreme: [
    { label: HOSTILE, share: 0, interval: [0, 1] },
    { label: LONG, share: 1, interval: null },
    { label: 'no requests', share: null, interval: null },
  ],
  empty: [{ label: 'one', share: 0.5, interval: null }],
} satisfies Record<string, KnownShare[]>

function history(
  size: number,
  given: Pick<MetricHistory, 'metric' | 'title' | 'unit'> & {
    value: (i: number) => number
    steps: number[]
    sha: string
  },
): { metric: MetricHistory; changes: HistoryChange[] } {
  const { metric, title, unit, value, steps, sha } = given
  const at = (i: number) => new Date(Date.UTC(2026, 0, 1, 2) + i * 86_400_000).toISOString()
  const values = Array.from({ length: size }, (_, i) => ({
    run: String(i),
    at: at(i),
    commit: sha,
    value: value(i),
  }))
  const edges = [0, ...steps, size]
  const levels = edges.slice(1).map((end, i): HistoryLevel => {
    const start = value(edges[i]!)
    const from = String(edges[i])
    return {
      kind: 'level',
      from,
      to: String(end - 1),
      runs: end - edges[i]!,
      start,
      end: start,
      interval: [start * 0.99, start * 1.01],
    }
  })
  const changes = steps.map(
    (step, i): HistoryChange => ({
      id: `cpu-up-${i}`,
      state: 'new',
      reason: null,
      found: null,
      story: null,
      metric,
      title,
      unit,
      kind: 'step',
      direction: 'up',
      isWorse: true,
      run: String(step),
      at: at(step),
      until: { run: String(step), at: at(step) },
      from: { value: value(step - 1), interval: null },
      to: { value: value(step), interval: null },
      change: { value: 0.05, interval: [0.04, 0.06], kind: 'relative' },
      p: 0.001,
      commits: { after: sha, until: sha, between: null, more: 0 },
      differs: [],
    }),
  )
  return {
    metric: {
      metric,
      title,
      unit,
      worse: 'up',
      smallest: { kind: 'relative', value: 0.03 },
      values,
      levels,
      newest: null,
      correlation: null,
    },
    changes: changes.reverse(),
  }
}

export const HISTORIES = {
  normal: history(40, {
    metric: 'cpu',
    title: 'CPU time per request',
    unit: 'ms',
    value: i => (i < 24 ? 3 : 3.3) + (i % 3) / 20,
    steps: [24],
    sha: 'abcdef0123456789',
  }),
  /** Three years, changes next to each other, figures that three digits don't tell apart. */
  extreme: history(1100, {
    metric: 'memory',
    title: HOSTILE,
    unit: 'MB',
    value: i => 180 + ((i * 7919) % 100) / 100,
    steps: [5, 10, 16, 1095],
    sha: HOSTILE,
  }),
  empty: history(2, {
    metric: 'under',
    title: 'share of good requests',
    unit: 'share',
    value: () => 1,
    steps: [],
    sha: 'abcdef0123456789',
  }),
}
