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
import { quoteIfNeeded } from '../stories/describe-evidence.js'
import type { Story } from '../stories/read-story.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import type { Workbook } from '../workbook/workbook.js'
import { attemptPart } from './attempt-part.js'
import { diffCaptures } from './diff-captures.js'
import { hideHome, layoutPicture } from './export-profile.js'
import { fingerprintFile } from './list-origins.js'
import { showProfiles } from './show-profiles.js'

type ListedProfile = StoryFrontMatter['profiles'][number]

/** Profiles of one capture, several processes or threads. */
type Capture = ListedProfile[]

/** Captures of one kind that begin within this are one. */
const SAME_CAPTURE_MS = 5_000
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
    diff: sides && (await drawDiff(story, sides)),
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

/** Oldest first; those without a time first of all. */
function groupCaptures(profiles: readonly ListedProfile[]): Capture[] {
  const captures: Capture[] = []
  for (const profile of profiles.toSorted((a, b) => timeOf(a) - timeOf(b))) {
    const same = captures.findLast(([first]) => {
      const apart = timeOf(profile) - timeOf(first!)
      return first!.kind === profile.kind && first!.at !== null && apart <= SAME_CAPTURE_MS
    })
    if (same) same.push(profile)
    else captures.push([profile])
  }
  return captures
}

function timeOf({ at }: Pick<ListedProfile, 'at'>): number {
  return at === null ? 0 : Date.parse(at)
}

interface Sides {
  before: Capture[]
  after: Capture[]
}

/** Before the first deploy of a fix and after the last one, of the kind that both have; null where a side is empty. */
function splitByFix(captures: readonly Capture[], { fixes }: StoryFrontMatter): Sides | null {
  const deployed = fixes.flatMap(fix => (fix.deployed === null ? [] : [Date.parse(fix.deployed)]))
  const dated = captures.filter(([first]) => first!.at !== null && first!.kind !== 'heap')
  const before = dated.filter(([first]) => timeOf(first!) < Math.min(...deployed))
  const after = dated.filter(([first]) => timeOf(first!) >= Math.max(...deployed))
  return deployed.length === 0 || before.length === 0 || after.length === 0 ? null : { before, after }
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
    const { merged } = await showProfiles(workbook, asked)
    const { functions, unit } = summariseProfile(hideHome(merged, home))
    const hottest = functions.slice(0, HOTTEST)
    const sources = await Promise.all(names.map(fingerprintFile))
    return { ...layoutPicture(merged, home), files, unit, hottest, command, sources }
  }, command)
}

async function drawDiff(story: Story, { before, after }: Sides): Promise<Part<ReportDiff>> {
  const list = (captures: Capture[]) => captures.flatMap(capture => capture.map(({ file }) => file))
  const [older, newer] = [list(before), list(after)]
  const flags = [
    ...older.map(file => `--before ${quoteIfNeeded(file)}`),
    ...newer.map(file => `--after ${quoteIfNeeded(file)}`),
  ]
  const command = `whyslow profile diff ${flags.join(' ')}`
  return attemptPart(async () => {
    const [from, to] = [older, newer].map(files => files.map(file => besideStory(story, file)))
    const { diff, graph } = await diffCaptures({ before: from!, after: to!, requests: null })
    const sources = await Promise.all([...from!, ...to!].map(fingerprintFile))
    return { diff, graph, command, sources }
  }, command)
}

function nameCommand(files: readonly string[]): string {
  return `whyslow profile show ${files.map(quoteIfNeeded).join(' ')}`
}

/** A name from the story’s file never leads out of its folder. */
function besideStory({ file }: Story, name: string): string {
  return path.join(path.dirname(file), path.basename(name))
}
