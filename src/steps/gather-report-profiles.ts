/** The captures of a story that its report draws: one before and one after its fix, where there are both, and their difference. */
import path from 'node:path'
import { readProfiles } from '../profilers/read-profiles.js'
import { summariseProfile } from '../profilers/summary.js'
import {
  isMissing,
  type Missing,
  type Part,
  type ReportDiff,
  type ReportProfile,
  type StoryReport,
} from '../reports/report/contents.js'
import { groupCaptures } from '../stories/captures.js'
import { quoteIfNeeded } from '../stories/describe-evidence.js'
import type { Story } from '../stories/read-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { attemptPart } from './attempt-part.js'
import { diffCaptures } from './diff-captures.js'
import { hideHome, hideHomeInFrames, hideHomeInText, layoutPicture } from './export-profile.js'
import { fingerprintFile } from './list-origins.js'
import { showProfiles } from './show-profiles.js'

/** Profiles of one capture, several processes or threads. */
type Capture = ReturnType<typeof groupCaptures>[number]

/** More make the page heavy. */
const MOST_DRAWN = 2
const HOTTEST = 10

export async function gatherProfiles(
  workbook: Workbook,
  story: Story,
  home: string,
): Promise<Pick<StoryReport, 'profiles' | 'undrawn' | 'diff'>> {
  const captures = groupCaptures(story.frontMatter.profiles)
  const broken = new Map<Capture, Missing>()
  for (const capture of captures) {
    const problem = await findProblem(story, capture)
    if (problem !== null) broken.set(capture, problem)
  }
  const whole = captures.filter(capture => !broken.has(capture))
  const sides = splitByFix(whole, story.frontMatter)
  const drawn = sides ? [sides.before.at(-1)!, sides.after.at(-1)!] : whole.slice(-MOST_DRAWN)
  const profiles: Part<ReportProfile>[] = []
  for (const capture of drawn) profiles.push(await drawCapture(workbook, story, capture, home))
  return {
    profiles: [...profiles, ...broken.values()],
    undrawn: whole
      .filter(capture => !drawn.includes(capture))
      .flatMap(capture => capture.map(one => one.file)),
    diff: sides && (await drawDiff(story, sides, home)),
  }
}

/** Null for one that can be read. */
async function findProblem(story: Story, capture: Capture): Promise<Missing | null> {
  const files = capture.map(({ file }) => file)
  const read = async () => {
    for (const file of files) await readProfiles(besideStory(story, file))
    return {}
  }
  const found = await attemptPart(read, nameCommand(files))
  return isMissing(found) ? { ...found, missing: `${files.join(', ')}: ${found.missing}` } : null
}

interface Sides {
  before: Capture[]
  after: Capture[]
}

/** Before the first deploy of a fix and after the last one, of one kind that both have, CPU time first; null where there is none. */
function splitByFix(captures: readonly Capture[], { fixes }: StoryFrontMatter): Sides | null {
  const deployed = fixes.flatMap(fix => (fix.deployed === null ? [] : [Date.parse(fix.deployed)]))
  if (deployed.length === 0) return null
  const timed = captures.flatMap(capture => {
    const { at, kind } = capture[0]!
    return at === null || kind === 'heap' ? [] : [{ capture, kind, time: Date.parse(at) }]
  })
  for (const kind of new Set(['cpu', ...timed.map(one => one.kind)])) {
    const own = timed.filter(one => one.kind === kind)
    const before = own.filter(({ time }) => time < Math.min(...deployed)).map(({ capture }) => capture)
    const after = own.filter(({ time }) => time >= Math.max(...deployed)).map(({ capture }) => capture)
    if (before.length > 0 && after.length > 0) return { before, after }
  }
  return null
}

async function drawCapture(
  workbook: Workbook,
  story: Story,
  capture: Capture,
  home: string,
): Promise<Part<ReportProfile>> {
  const files = capture.map(({ file }) => file)
  const command = nameCommand(files)
  return attemptPart(async () => {
    const names = files.map(file => besideStory(story, file))
    const show = (file: string) => path.basename(file)
    const asked = {
      names,
      cwd: workbook.dir,
      requests: null,
      perSecond: null,
      group: null,
      limit: HOTTEST,
      show,
    }
    const { merged, warnings } = await showProfiles(workbook, asked)
    const { functions, unit } = summariseProfile(hideHome(merged, home))
    const hottest = functions.slice(0, HOTTEST)
    const sources = await Promise.all(names.map(fingerprintFile))
    const picture = layoutPicture(merged, home)
    return { ...picture, files, unit, hottest, warnings: hidePlaces(warnings, story, home), command, sources }
  }, command)
}

async function drawDiff(story: Story, { before, after }: Sides, home: string): Promise<Part<ReportDiff>> {
  const list = (captures: Capture[]) => captures.flatMap(capture => capture.map(({ file }) => file))
  const [older, newer] = [list(before), list(after)]
  const flags = [
    ...older.map(file => `--before ${quoteIfNeeded(file)}`),
    ...newer.map(file => `--after ${quoteIfNeeded(file)}`),
  ]
  const command = `whyslow profile diff ${flags.join(' ')}`
  return attemptPart(async () => {
    const [from, to] = [older, newer].map(files => files.map(file => besideStory(story, file)))
    const found = await diffCaptures({ before: from!, after: to!, requests: null })
    const sources = await Promise.all([...from!, ...to!].map(fingerprintFile))
    const { captures } = found.diff
    const named = (sides: typeof captures.before) =>
      sides.map(side => ({ ...side, file: path.basename(side.file) }))
    const diff = {
      ...found.diff,
      captures: { before: named(captures.before), after: named(captures.after) },
      frames: hideHomeInFrames(found.diff.frames, home),
      warnings: hidePlaces(found.diff.warnings, story, home),
    }
    return { diff, graph: hideHomeInFrames(found.graph, home), command, sources }
  }, command)
}

/** Files beside the story by their names, others without the home folder’s. */
function hidePlaces(warnings: readonly Warning[], { file }: Story, home: string): Warning[] {
  const folder = `${path.dirname(file)}${path.sep}`
  return warnings.map(warning => ({
    ...warning,
    message: hideHomeInText(warning.message.replaceAll(folder, ''), home),
  }))
}

function nameCommand(files: readonly string[]): string {
  return `whyslow profile show ${files.map(quoteIfNeeded).join(' ')}`
}

/** A name from the story’s file never leads out of its folder. */
function besideStory({ file }: Story, name: string): string {
  return path.join(path.dirname(file), path.basename(name))
}
