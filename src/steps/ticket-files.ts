/** What a ticket carries as files: the picture of its response times, its profiles with their flame graphs, and its whole text. */
import { dirname, join, parse } from 'node:path'
import { WhyslowError } from '../errors.js'
import type { Look } from '../evidence/look.js'
import { writeSpeedscope } from '../profilers/formats/speedscope-write.js'
import { mergeProfiles } from '../profilers/merge-profiles.js'
import type { Profile } from '../profilers/profile.js'
import { readProfiles } from '../profilers/read-profiles.js'
import { trimProfile } from '../profilers/trim-profile.js'
import { escapeMarkdown } from '../reports/markdown.js'
import type { Story } from '../stories/read-story.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import { drawSvg } from './export-profile.js'
import type { DraftFile, Gate } from './outgoing.js'
import type { SeenStory } from './render-story.js'

/** Beyond it a browser has trouble with the file. */
const MOST = { levels: 2_000, paths: 200_000 }

/**
 * `title` and `markdown` of the ticket, redacted. Pictures and videos that people attached are not among them: nobody can take out of those what may not leave.
 */
export async function makeTicketFiles(
  { story, look }: SeenStory,
  title: string,
  markdown: string,
  gate: Gate,
  options: { home: string; warn: (warning: Warning) => void },
): Promise<DraftFile[]> {
  const files: DraftFile[] = []
  const chart = look === null ? '' : await drawTimes(look, title)
  if (chart !== '') files.push({ name: 'response times', extension: 'svg', text: chart })
  for (const { file } of story.frontMatter.profiles) {
    const profile = gate.profile(await readStoryProfile(story, file), options.home)
    const name = parse(file).name.replace(/\.[a-z]+$/, '')
    const { profile: fitting, left } = trimProfile(profile, MOST)
    if (left > 0) options.warn(warnLeftOut(story.id, file, left))
    files.push({ name: `flame graph ${name}`, extension: 'svg', text: drawSvg(profile, '') })
    files.push({ name: `profile ${name}`, extension: 'speedscope.json', text: writeSpeedscope(fitting) })
  }
  const report = `# ${escapeMarkdown(title)}\n\n${markdown}`
  return [...files, { name: `report ${story.id}`, extension: 'md', text: report }]
}

/** Empty text when nothing was measured. */
async function drawTimes(look: Look, title: string): Promise<string> {
  const { drawDistribution } = await import('../reports/charts/distribution.js')
  const { standaloneSvg } = await import('../reports/charts/standalone.js')
  const chart = drawDistribution(look)
  return chart === null ? '' : standaloneSvg([chart], title)
}

function warnLeftOut(story: string, file: string, left: number): Warning {
  return {
    code: 'calls-left-out',
    message: `${formatCount(left)} call paths of ${file} are not in the attached profile of the story ${story}: its deepest, or its rarest.`,
  }
}

/** All threads as one. Throws where it can't be read, since then nobody can say what is in it. */
async function readStoryProfile(story: Story, file: string): Promise<Profile> {
  try {
    return mergeProfiles((await readProfiles(join(dirname(story.file), file))).profiles)
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    throw new WhyslowError(
      `The profile ${file} of the story ${story.id} can't be read, so what may not leave can't be taken out of it. The story was not exported. ${error.message}`,
      {
        place: { file: story.shown },
        next: [...error.next, `Or take its entry out of profiles: in ${story.shown}`],
        cause: error,
      },
    )
  }
}
