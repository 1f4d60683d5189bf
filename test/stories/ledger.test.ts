import { expect, test } from 'vitest'
import { renderLedger } from '../../src/reports/ledger.js'
import { PLAIN, widthOf } from '../../src/reports/style.js'
import { addUpLedger } from '../../src/stories/ledger.js'
import type { StoryInput } from '../../src/stories/schema.js'
import { makeOutcome, makeStory } from './promises.js'

const closed = (id: string, kept: number | null, values: object = {}, more: Partial<StoryInput> = {}) =>
  makeStory({ id, status: 'closed', outcome: makeOutcome(kept, values), ...more })

const FIX = { id: 'f1', text: 'a cache', deployed: '2026-10-12', prediction: 'p1' }
const STORIES = [
  closed('a', 0.8, {}, { fixes: [FIX] }),
  closed('b', 0.6),
  closed('c', 1.4, { kind: 'index' }),
  closed('d', -0.2, { kind: null }),
  makeStory({ id: 'open', status: 'fixing', outcome: makeOutcome(0.9) }),
  makeStory({ id: 'noted', status: 'closed' }),
  makeStory({ id: 'gone', status: 'dismissed' }),
  closed('least', null, { prediction: null, hypothesis: 'h1' }),
  closed('unsure', null),
  makeStory({ id: 'unsaid', status: 'closed', outcome: { ...makeOutcome(0.5), promised: null } }),
]

test('closed stories with a promise, over kinds and all; the others are counted, and it says why', () => {
  const ledger = addUpLedger(STORIES)
  expect(ledger.entries.map(({ story, kept }) => [story, kept])).toEqual([
    ['a', 0.8],
    ['b', 0.6],
    ['c', 1.4],
    ['d', -0.2],
  ])
  expect(ledger.entries[0]).toEqual({
    story: 'a',
    title: 'Orders are slow',
    prediction: 'p1',
    kind: 'cache',
    fix: 'a cache',
    promised: 0.3,
    came: expect.closeTo(0.24, 9),
    kept: 0.8,
    interval: [expect.closeTo(0.6, 9), expect.closeTo(1, 9)],
    lastedUntil: null,
    at: '2026-10-20T08:00:00Z',
    command: 'whyslow story close x --measure',
  })
  expect(ledger.kinds).toEqual([
    {
      kind: 'cache',
      stories: 2,
      kept: expect.closeTo(0.7, 6),
      interval: [expect.any(Number), expect.any(Number)],
    },
    { kind: 'index', stories: 1, kept: expect.closeTo(1.4, 9), interval: null },
    { kind: null, stories: 1, kept: expect.closeTo(-0.2, 9), interval: null },
  ])
  expect(ledger.all).toMatchObject({ stories: 4, kept: expect.closeTo(0.65, 6) })
  expect(ledger.without).toBe(4)
  expect(ledger.warnings).toEqual([
    {
      code: 'promise-missing',
      message:
        '4 closed stories are not in the ledger. 1: closed without a measured outcome (noted); 1: only a hypothesis promised, “at least” so much (least); 1: the promise can’t be compared with what came (unsure); 1: nothing was promised before the fix (unsaid).',
      next: 'Predict before the next fix: whyslow whatif STORY',
    },
  ])
})

test('of one kind: its entries and its mean, beside that of all', () => {
  const [whole, ledger] = [addUpLedger(STORIES), addUpLedger(STORIES, 'index')]
  expect(ledger.entries.map(({ story }) => story)).toEqual(['c'])
  expect(ledger.kinds).toEqual([whole.kinds[1]])
  expect(ledger.all).toEqual(whole.all)
  // None of those that aren't in it is of this kind.
  expect(ledger).toMatchObject({ without: 0, warnings: [] })
  const unmeasured = makeStory({ id: 'x', status: 'closed', fixes: [{ ...FIX, kind: 'index' }] })
  expect(addUpLedger([...STORIES, unmeasured], 'index').warnings).toMatchObject([
    { message: '1 closed story is not in the ledger. 1: closed without a measured outcome (x).' },
  ])
})

test('a story that was reopened has an entry for each outcome, and is one story', () => {
  const outcome = { ...makeOutcome(0.3), at: '2026-09-01T00:00:00Z' }
  const reopened = [{ at: '2026-09-20', began: '2026-09-18', before: 0.7, after: 0.5, outcome }]
  const again = closed('a', 0.8, {}, { reopened })
  const ledger = addUpLedger([again])
  expect(ledger.entries.map(({ story, kept }) => [story, kept])).toEqual([
    ['a', 0.8],
    ['a', 0.3],
  ])
  // Of one promise the newest counts, by itself and beside others.
  expect(ledger.kinds).toEqual([{ kind: 'cache', stories: 1, kept: expect.closeTo(0.8, 9), interval: null }])
  const other = closed('b', 0.6)
  expect(addUpLedger([again, other]).all).toEqual(addUpLedger([closed('a', 0.8), other]).all)
  expect(renderLedger(ledger, { ...PLAIN, width: 400 })).toContain('measured again the newest counts.')
  expect(renderLedger(addUpLedger([other]), { ...PLAIN, width: 400 })).not.toContain('measured again')
  const two = { ...outcome, promised: { ...outcome.promised, prediction: 'p0' } }
  const apart = closed('a', 0.8, {}, { reopened: [{ ...reopened[0]!, outcome: two }] })
  expect(addUpLedger([apart]).all).toMatchObject({
    stories: 1,
    kept: expect.closeTo(0.55, 2),
    interval: null,
  })
  const open = addUpLedger([makeStory({ status: 'investigating', reopened })])
  expect(open).toMatchObject({ entries: [{ kept: 0.3 }], without: 0 })
  expect(ledger.entries.map(({ lastedUntil }) => lastedUntil)).toEqual([null, '2026-09-17'])
  const text = renderLedger(ledger, { ...PLAIN, width: 400 })
  expect(text).toMatch(/ lasted\n.* until\n/)
  expect(text).toMatch(/ 2026-09-01 +2026-09-17\n/)
  expect(text).toContain('\n1 of 2 fixes didn’t last: what is kept is as it was measured before that.\n')
  expect(renderLedger(addUpLedger([other]), { ...PLAIN, width: 400 })).not.toMatch(/last/)
  // It is of the fix that was there then, whatever was done or planned since.
  const fixes = [
    { ...FIX, prediction: null, deployed: '2026-08-20' },
    { id: 'f2', text: 'planned' },
    { id: 'f3', text: 'an index', deployed: '2026-08-30' },
  ]
  const then = [{ ...reopened[0]!, outcome: { ...outcome, until: '2026-08-28' } }]
  expect(addUpLedger([makeStory({ reopened: then, fixes })]).entries).toMatchObject([{ fix: 'a cache' }])
  // Opened by hand: nobody measured that it didn't last.
  const unmeasured = addUpLedger([makeStory({ reopened: [{ ...reopened[0]!, before: null, after: null }] })])
  expect(unmeasured).toMatchObject({ entries: [{ kept: 0.3, lastedUntil: null }], decayed: 0 })
  expect(renderLedger(unmeasured, { ...PLAIN, width: 400 })).not.toMatch(/last/)
  // Without a gain there was nothing to last.
  const none = [{ ...reopened[0]!, outcome: { ...outcome, verdict: 'no meaningful difference' as const } }]
  expect(addUpLedger([makeStory({ reopened: none })])).toMatchObject({
    entries: [{ lastedUntil: null }],
    decayed: 0,
  })
})

test('a part without an interval is an entry, and weighs nothing', () => {
  const ledger = addUpLedger([closed('a', 0.8), closed('b', 0.2, { keptInterval: null })])
  expect(ledger.entries).toHaveLength(2)
  expect(ledger.all).toEqual({ stories: 1, kept: expect.closeTo(0.8, 9), interval: null })
})

test('nothing: how it is filled', () => {
  const ledger = addUpLedger([])
  expect(ledger).toEqual({ entries: [], kinds: [], all: null, decayed: 0, without: 0, warnings: [] })
  expect(renderLedger(ledger, PLAIN)).toContain(
    'whyslow story set STORY --fix "…" --kind cache --prediction p1',
  )
})

test.each([60, 80, 120])('as text of %d columns: nothing is wider, and each kind has a strip', width => {
  const hostile = closed('e', 5, { kind: 'a\u001b]0;x\u0007 very long kind of fix', keptInterval: [-4, 9] })
  const text = renderLedger(addUpLedger([...STORIES, hostile]), { ...PLAIN, width })
  for (const line of text.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(width)
  expect(text).not.toContain('\u001b')
  expect(text.replaceAll(/\s+/g, ' ')).toMatch(/cache [─ ]*●[─│ ]* of 10 pp promised, 7\.0 pp came/)
  expect(text).toMatch(/^all {2,}\S/m)
})
