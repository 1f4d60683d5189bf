/** The words of a report, from stories as they were filed. */
import { describe, expect, test } from 'vitest'
import { describeClaim } from '../../../src/reports/report/claim.js'
import type { Missing, StoryReport, WorkbookReport } from '../../../src/reports/report/contents.js'
import { renderDecision } from '../../../src/reports/report/decision.js'
import { renderHypotheses } from '../../../src/reports/report/hypotheses.js'
import type { Markup } from '../../../src/reports/report/markup.js'
import { renderMissing } from '../../../src/reports/report/parts.js'
import { renderTimeline } from '../../../src/reports/report/timeline.js'
import { listWorkbookSections } from '../../../src/reports/report/workbook.js'
import type { StoryFrontMatter } from '../../../src/stories/schema.js'
import { makeEventful } from '../../stories/eventful-story.js'

const ELSEWHERE: Missing = { missing: 'No request of the story is on this machine.', next: null }

/** On a machine that has the story only. */
function makeReport(story: StoryFrontMatter): StoryReport {
  return {
    story,
    body: '',
    under_ms: 300,
    objective: 0.95,
    currency: 'USD',
    timezone: 'UTC',
    look: ELSEWHERE,
    explanation: ELSEWHERE,
    hypotheses: story.hypotheses.map(hypothesis => ({ hypothesis, test: ELSEWHERE })),
    outcome: story.outcome && ELSEWHERE,
    profiles: [],
    undrawn: [],
    diff: null,
    warnings: [],
  }
}

function makeWorkbookReport(...stories: StoryFrontMatter[]): WorkbookReport {
  return {
    stories,
    targetIsSet: true,
    smallest: 0.01,
    slos: ELSEWHERE,
    outcomes: { command: 'whyslow story close STORY --measure', sources: [] },
    hypotheses: {
      confirmed: 0,
      disproved: 1,
      open: 0,
      budget: { tests: 1, level: 0.05, expectedFalse: 0.05 },
    },
    warnings: [],
  }
}

const show = (parts: readonly (Markup | null)[]) =>
  parts
    .map(part => part?.text ?? '')
    .join('\n')
    .replace(/<[^>]+>/g, '|')
    .replace(/[|\s]+/g, ' ')

/** Each test of it was followed by one that couldn't tell. */
function makeUnsure(): StoryFrontMatter {
  const story = makeEventful()
  const hypotheses = story.hypotheses.map(one => ({
    ...one,
    results: [
      ...one.results,
      { ...one.results[0]!, at: '2026-10-25T09:00:00Z', judged: 'cannot tell yet' as const },
    ],
  }))
  return { ...story, hypotheses }
}

describe('the claim of a story whose data is elsewhere', () => {
  const story = { ...makeEventful(), outcome: null }

  test('names the threshold that its share was measured with, not today’s target', () => {
    expect(describeClaim(makeReport(story))).toContain(
      '38.8% of its requests take 1.00 s or longer, or fail.',
    )
  })

  test('names none where nobody wrote it down', () => {
    const evidence = story.evidence.map(one => ({ ...one, command: null }))
    expect(describeClaim(makeReport({ ...story, evidence }))).toContain('38.8% of its requests are not good.')
  })
})

describe('a test that could not tell, after one that could', () => {
  test('leaves what was judged before in the headings', () => {
    const said = show(renderHypotheses(makeReport(makeUnsure())))
    expect(said).toContain('Disproved: it is slow because of large logos')
    expect(said).toContain('Confirmed: a font that is loaded once makes invoices fast')
    expect(said).not.toContain('Can’t tell yet:')
  })

  test('leaves what was disproved among what was ruled out', () => {
    const said = show(renderDecision(makeReport(makeUnsure())))
    expect(said).toContain('disproved: it is slow because of large logos')
    const disproved = listWorkbookSections(makeWorkbookReport(makeUnsure())).find(
      ({ id }) => id === 'disproved',
    )
    expect(show(disproved!.parts)).toContain('it is slow because of large logos')
    expect(show(disproved!.parts)).toContain('2026-10-12')
  })
})

test('the timeline has notes, files, extensions and captures; a fix without a date is last', () => {
  const story = makeEventful()
  const said = show(
    renderTimeline({
      story: {
        ...story,
        fixes: story.fixes.map(fix => ({ ...fix, deployed: null })),
        attachments: [
          { file: 'waiting.mp4', url: null, added: '2026-10-06T10:00:00Z', note: 'from a customer' },
        ],
        notes: [story.notes[0]!],
      },
    }),
  )
  const parts = [
    '2026-10-05 09:20 Profile: cpu, by v8, 5.02 s file: front.cpuprofile file: invoices.cpuprofile',
    '2026-10-05 10:20 Timebox t1: extended by 30m reason: the profile was just taken',
    '2026-10-06 09:00 Note: A customer sent a video',
    '2026-10-06 10:00 File: waiting.mp4 note: from a customer',
    '2026-10-20 09:00 Outcome: better',
    'no date Fix f1: Load the font once',
  ]
  for (const part of parts) expect(said).toContain(part)
  expect(parts.map(part => said.indexOf(part))).toEqual(
    parts.map(part => said.indexOf(part)).sort((a, b) => a - b),
  )
})

test('the workbook says of when its shares are', () => {
  const hurts = listWorkbookSections(makeWorkbookReport(makeEventful()))[0]!
  expect(show(hurts.parts)).toContain('good when found')
})

test.each([
  ['whyslow triage', '→ <code>whyslow triage</code>'],
  ['Import the logs: whyslow import FILE', '→ Import the logs: <code>whyslow import FILE</code>'],
  ['Say the number: --requests N', '→ Say the number: --requests N</p>'],
])('only commands are code: %s', (next, markup) => {
  expect(renderMissing('The data', { missing: 'It is elsewhere.', next }).text).toContain(markup)
})
