/** What the tasks of the board return for a story of the recorded fortnight: made once by the real steps. */
import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { layoutFlame } from '../../../src/profilers/flame.js'
import { explainSubject } from '../../../src/steps/explain-subject.js'
import { lookAtSubject } from '../../../src/steps/look-at-subject.js'
import { showProfiles } from '../../../src/steps/show-profiles.js'
import { testHypothesis } from '../../../src/steps/test-hypothesis.js'
import { triage } from '../../../src/steps/triage.js'
import { EVERYTHING } from '../../../src/store/slice.js'
import { addHypothesis } from '../../../src/stories/hypotheses.js'
import { readStory, type Story } from '../../../src/stories/read-story.js'
import { updateStory } from '../../../src/stories/write-story.js'
import type { Results } from '../../../src/tui/story/tab.js'
import { openShop } from '../../evidence/workbooks.js'
import { makeEventful } from '../../stories/eventful-story.js'

const PROFILE = path.join(import.meta.dirname, '../../../fixtures/profiles/shop/front.cpuprofile')
const NOW = new Date('2026-10-19T08:00:00Z')
const ID = 'get-invoices-id-pdf'

export async function makeResults(): Promise<{ story: Story; results: Required<Omit<Results, 'attach'>> }> {
  const { workbook, store } = await openShop({ only: ['access.log.gz', 'accounts.csv'] })
  try {
    await triage(workbook, store, EVERYTHING, { now: NOW, dryRun: false })
    const story = await readStory(workbook, ID)
    await copyFile(PROFILE, path.join(path.dirname(story.file), 'front.cpuprofile'))
    const { profiles, timeboxes, notes } = makeEventful()
    await updateStory(story, before => ({
      ...addHypothesis(
        before,
        {
          claim: 'invoices of the second week are slower',
          direction: 'down',
          smallest: null,
          design: 'before-after',
          before: { where: null, from: null, to: '2026-10-12T00:00:00Z' },
          after: { where: null, from: '2026-10-12T00:00:00Z', to: null },
          under: null,
        },
        NOW,
      ),
      timeboxes,
      notes,
      profiles: profiles.slice(0, 1),
    }))
    const subject = { subject: ID, slice: EVERYTHING, under_ms: null }
    const look = await lookAtSubject(workbook, store, { ...subject, limit: 5 })
    const explain = await explainSubject(workbook, store, { ...subject, seed: 1, all: false })
    const test = await testHypothesis(workbook, store, { story: ID, cohort: null, now: NOW })
    const shown = await showProfiles(workbook, {
      names: [ID],
      cwd: workbook.dir,
      requests: null,
      perSecond: null,
      group: null,
      limit: 15,
      show: file => file,
    })
    const { merged, ...rest } = shown
    return {
      story: await readStory(workbook, ID),
      results: { look, explain, 'test-hypothesis': test, flame: { ...rest, flame: layoutFlame(merged) } },
    }
  } finally {
    store.close()
  }
}
