/** New changes for the worse go into a story: the one that the scenario guards, else one that is filed. */
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import type { FoundChange } from '../../experiments/benchmarks/history.js'
import type { Scenario } from '../../experiments/benchmarks/scenario.js'
import {
  describeCommits,
  describeMove,
  describeSizes,
  describeWhen,
} from '../../reports/benchmarks/change-words.js'
import { quoteIfNeeded } from '../../stories/describe-evidence.js'
import { listStories, readStory, type Story } from '../../stories/read-story.js'
import { setStatus } from '../../stories/reopen-story.js'
import type { StoryEvidence, StoryFrontMatter } from '../../stories/schema.js'
import { isoSeconds } from '../../stories/timeboxes.js'
import { createStory, updateStory } from '../../stories/write-story.js'
import type { Warning } from '../../warnings.js'
import { withWorkbookLock } from '../../workbook/lock.js'
import type { Workbook } from '../../workbook/workbook.js'

export interface IdentifiedChange {
  id: string
  change: FoundChange
}

export interface FiledChanges {
  /** Null where it went into none. */
  story: string | null
  warnings: Warning[]
}

/** All changes of one look go into one story: what moved in the same night has one cause more often than not. */
export async function fileChanges(
  workbook: Workbook,
  scenario: Scenario,
  changes: readonly IdentifiedChange[],
  now: Date,
): Promise<FiledChanges> {
  const evidence = changes.map(one => toEvidence(workbook, scenario, one, now))
  try {
    return scenario.story === null
      ? { story: await fileStory(workbook, scenario, changes, evidence, now), warnings: [] }
      : await reopenStory(workbook, scenario.story, changes, evidence, now)
  } catch (error) {
    // The change is told all the same.
    if (!(error instanceof WhyslowError)) throw error
    const message = `The change is in no story: ${error.message}`
    return { story: null, warnings: [{ code: 'story-unreadable', message }] }
  }
}

async function reopenStory(
  workbook: Workbook,
  id: string,
  changes: readonly IdentifiedChange[],
  evidence: readonly StoryEvidence[],
  now: Date,
): Promise<FiledChanges> {
  const story = await readStory(workbook, id)
  if (story.frontMatter.status === 'dismissed') {
    const message = `The story ${id}, which this benchmark guards, was dismissed and stays so: the change is not filed there.`
    const next = `whyslow story set ${id} status=reported`
    return { story: null, warnings: [{ code: 'story-dismissed', message, next }] }
  }
  await updateStory(story, frontMatter => {
    const added = addEvidence(frontMatter, evidence)
    if (frontMatter.status !== 'closed') return added
    const text = `Re-opened: ${changes.map(({ change }) => `${lowerFirst(change.title)} ${describeMove(change)}`).join('; ')}`
    const opened = setStatus(added, 'investigating', { now, timezone: workbook.config.timezone })
    return { ...opened, notes: [...opened.notes, { at: isoSeconds(now), text }] }
  })
  return { story: id, warnings: [] }
}

/** Found again by its evidence, so that a look that was cut short files no second one. */
async function fileStory(
  workbook: Workbook,
  { name }: Scenario,
  changes: readonly IdentifiedChange[],
  evidence: readonly StoryEvidence[],
  now: Date,
): Promise<string> {
  return withWorkbookLock(workbook, async () => {
    const { stories } = await listStories(workbook)
    const ids = new Set(evidence.map(entry => entry.id))
    const filed = stories.find(story => story.frontMatter.evidence.some(entry => ids.has(entry.id)))
    if (filed) {
      await updateStory(filed, frontMatter => addEvidence(frontMatter, evidence))
      return filed.id
    }
    const [{ change: first }] = changes as [IdentifiedChange, ...IdentifiedChange[]]
    const more = changes.length === 1 ? '' : `, and ${changes.length - 1} more`
    const story: Story = await createStory(workbook, {
      id: `benchmark ${name} ${first.metric}`,
      title: `Benchmark ${name}: ${first.title} ${describeMove(first)}${more}`,
      status: 'reported',
      opened: isoSeconds(now),
      reasons: changes.map(({ change }) => ({
        code: 'benchmark',
        text: `${change.title} ${describeMove(change)} ${describeWhen(change)}`,
      })),
      evidence: [...evidence],
    })
    return story.id
  })
}

function addEvidence(story: StoryFrontMatter, evidence: readonly StoryEvidence[]): StoryFrontMatter {
  const ids = new Set(evidence.map(entry => entry.id))
  return { ...story, evidence: [...story.evidence.filter(entry => !ids.has(entry.id)), ...evidence] }
}

const UNITS = { relative: 'part of the level before', points: 'share of good requests' }

function toEvidence(
  workbook: Workbook,
  scenario: Scenario,
  { id, change }: IdentifiedChange,
  now: Date,
): StoryEvidence {
  const { value, interval, kind } = change.change
  const commits = describeCommits(change)
  const finding = `in the benchmark ${scenario.name}, ${describeWhen(change)}, ${change.title}: ${describeSizes(change)}${commits === '' ? '' : `; ${commits}`}`
  return {
    id: `benchmark-${id}`,
    kind: 'benchmark',
    finding,
    value: round(value),
    unit: kind === 'absolute' ? change.unit : UNITS[kind],
    interval: interval && [round(interval[0]), round(interval[1])],
    where: null,
    window: null,
    sources: [],
    command: `whyslow bench history ${quoteIfNeeded(pathFrom(workbook.dir, scenario))} --dry-run`,
    at: isoSeconds(now),
  }
}

/** As it is typed in the workbook's folder, where the scenario is below it. */
function pathFrom(folder: string, { file, shown }: Scenario): string {
  const short = path.relative(folder, file)
  return short.startsWith('..') || path.isAbsolute(short) ? shown : short.split(path.sep).join('/')
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
