import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { ProfileDiff } from '../../../src/profilers/diff-profiles.js'
import { fileSideProfiles } from '../../../src/steps/benchmarks/file-side-profiles.js'
import { readStory } from '../../../src/stories/read-story.js'
import { createStory } from '../../../src/stories/write-story.js'
import { createWorkbook } from '../../../src/workbook/workbook.js'

test('the command that takes them again is what a shell can be given', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-sides-'))
  try {
    await createWorkbook(folder)
    const story = await createStory(folder, {
      id: 'slow-orders',
      title: 'Orders are slow',
      status: 'reported',
    })
    const diff = { per: 'request', frames: [], active: { before: 1, after: 1 } } as unknown as ProfileDiff
    const sides = { base: 'main', head: 'fix;$(x)', scenario: 'bench/the orders.yaml' }
    await fileSideProfiles(story, [], diff, { ...sides, home: '/home/ada', now: () => new Date(0) })
    const { evidence } = (await readStory(folder, 'slow-orders')).frontMatter
    expect(evidence.map(({ command }) => command)).toEqual([
      "whyslow bench profile main 'fix;$(x)' 'bench/the orders.yaml'",
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
