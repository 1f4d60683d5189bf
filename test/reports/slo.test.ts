import { describe, expect, test } from 'vitest'
import { renderSlos, type ShownSlo } from '../../src/reports/slo.js'
import { PLAIN, type Style, widthOf } from '../../src/reports/style.js'
import { BURN_ALERTS } from '../../src/stats/burn-rate.js'

const SET = { targetIsSet: true }
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/
const none = { requests: 0, rate: null, interval: null }
const burns = (exceeding?: number): ShownSlo['burn'] =>
  BURN_ALERTS.map((alert, i) => ({
    ...alert,
    long: { requests: 9, rate: 20 + i, interval: null },
    short: none,
    exceeds: i === exceeding,
  }))

const slo = (given: Partial<ShownSlo> = {}): ShownSlo => ({
  name: 'GET /a',
  kind: 'under',
  route: 'GET /a',
  where: null,
  under_ms: 500,
  objective: 0.95,
  window: { from: '2026-10-01T00:00:00.000Z', to: '2026-10-08T00:00:00.000Z' },
  state: 'met',
  reason: null,
  covered: 1,
  requests: 1000,
  share: 0.99,
  budget: { spent: 0.2, interval: [0.1, 0.3] },
  burn: burns(),
  stories: [],
  overlaps: [],
  outside: { bad: 10, budget: 0.2 },
  ...given,
})

describe('a row', () => {
  test('shares have the digits that their promise needs', () => {
    const text = renderSlos([slo({ objective: 0.9995, share: 0.99963 })], PLAIN, SET)
    expect(text).toMatch(/99\.95% under 500 ms .* 99\.963% .* met$/)
    expect(text).not.toContain('→')
  })

  test('one window is said once, several have a column', () => {
    expect(renderSlos([slo()], PLAIN, SET)).toMatch(/^7 d up to 2026-10-08 00:00:00 UTC\n/)
    const day = slo({ window: { from: '2026-10-07T00:00:00.000Z', to: '2026-10-08T00:00:00.000Z' } })
    expect(renderSlos([slo(), day], PLAIN, SET)).toMatch(/^All windows up to .*\n[\s\S]* window /)
    expect(renderSlos([slo()], PLAIN, { targetIsSet: false })).toContain('the target is assumed')
  })

  test('the two windows of the burn rate are named, and those that exceed win', () => {
    expect(renderSlos([slo()], PLAIN, SET)).toMatch(/6 h \/ 30 min {2}state\n.* 21× \/ – {2}met/)
    const text = renderSlos(
      [slo(), slo({ state: 'burning', reason: 'It burns.', burn: burns(0) })],
      PLAIN,
      SET,
    )
    expect(text).toMatch(/20× \/ – in 1 h \/ 5 min {2}burning\n/)
    expect(renderSlos([slo({ burn: [] })], PLAIN, SET)).toMatch(/ – {2}met$/)
  })

  test('errors, and targets of each route', () => {
    const text = renderSlos(
      [
        slo({ kind: 'errors', under_ms: null, objective: 0.995 }),
        slo({ name: 'all requests', route: null, under_ms: null }),
      ],
      PLAIN,
      SET,
    )
    expect(text).toMatch(/GET \/a +0\.5% errors/)
    expect(text).toMatch(/all requests +95% in target/)
  })
})

describe('below the table', () => {
  const missed = slo({ state: 'missed', budget: { spent: 11.8, interval: [9, 14.2] } })

  test('who ate the budget, and which stories overlap', () => {
    const text = renderSlos(
      [
        slo({
          stories: [{ id: 'a', title: 'A', bad: 7, budget: 0.14 }],
          overlaps: [{ stories: ['a', 'b'], bad: 2, budget: 0.04 }],
        }),
      ],
      PLAIN,
      SET,
    )
    expect(text).toMatch(/\nGET \/a +95% under 500 ms +a +7 +14%\n/)
    expect(text).toMatch(/ in no story +10 +20%\n/)
    expect(text).toMatch(
      /\nGET \/a: a and b overlap in 2 bad requests \(4% of the budget\), which are in both\s+rows\.$/,
    )
  })

  test('a reason once, however many have it', () => {
    const frozen = Array.from({ length: 5 }, (_, i) =>
      slo({
        name: `GET /${i}`,
        state: 'frozen',
        reason: 'There is data of 50.0% of the window.',
        covered: 0.5,
      }),
    )
    const text = renderSlos(frozen, PLAIN, SET)
    expect(text.match(/There is data/g)).toHaveLength(1)
    expect(text).toMatch(/GET \/2 \(95% under 500 ms\) and 2 more\.\s+There is data/)
    expect(text).toMatch(/\n\n→ whyslow slo --window 3d$/)
  })

  test('what to do', () => {
    const window = '--from 2026-10-01T00:00:00.000Z --to 2026-10-08T00:00:00.000Z'
    expect(renderSlos([missed], { ...PLAIN, width: 200 }, SET)).toMatch(
      new RegExp(`→ whyslow look 'GET /a' --under 500ms ${window}\n→ whyslow explain 'GET /a'$`),
    )
    expect(renderSlos([slo({ ...missed, route: null })], PLAIN, SET)).toMatch(/→ whyslow triage$/)
    expect(renderSlos([slo({ ...missed, route: null, where: "path = 'x'" })], PLAIN, SET)).toContain(
      `→ whyslow overview --where 'path = '\\''x'\\''' ${window}`,
    )
    expect(renderSlos([slo({ state: 'unsure', reason: 'Chance.' })], PLAIN, SET)).not.toContain('→')
  })
})

test.for<Style>([PLAIN, { ...PLAIN, width: 60 }, { color: true, unicode: false, width: 80 }])(
  'nothing is too wide or acts on the terminal: %j',
  style => {
    const hostile = 'a\u001b]0;x\u0007b\u202ec'
    const text = renderSlos(
      [
        slo({
          name: hostile,
          route: null,
          where: hostile,
          state: 'missed',
          reason: `Because of ${hostile}, and this goes on for so long that it has to be wrapped somewhere.`,
          stories: [{ id: 'a', title: 'A', bad: 7, budget: 0.14 }],
        }),
      ],
      style,
      SET,
    )
    const lines = text.replace(/\u001b\[[\d;]*m/g, '').split('\n')
    expect(lines.join('\n')).not.toMatch(UNSAFE)
    for (const line of lines.filter(line => !/^\S+ whyslow/.test(line)))
      expect(widthOf(line), line).toBeLessThanOrEqual(style.width)
    if (!style.unicode) expect(lines.join('\n')).toMatch(/^[\n -~]*$/)
    if (style.color) expect(text).toContain('\u001b[31mmissed')
  },
)
