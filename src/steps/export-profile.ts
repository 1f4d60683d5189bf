/** A profile as a file of another format: those that tools read, and the two for people. */

import { type FlameGraph, layoutFlame } from '../profilers/flame.js'
import { FORMATS } from '../profilers/formats/index.js'
import { writeSpeedscope } from '../profilers/formats/speedscope-write.js'
import type { Profile } from '../profilers/profile.js'
import { trimProfile } from '../profilers/trim-profile.js'
import { withoutIdle } from '../profilers/without-idle.js'
import { renderFlameHtml } from '../reports/flame-html.js'
import { nameFrame } from '../reports/flame-rows.js'
import { renderFlameSvg } from '../reports/flame-svg.js'
import { describeActive, describeOrigin, titleProfile } from '../reports/profile-words.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'
import { readViewer } from './read-viewer.js'

/** For people, so that idle time and the home folder's name are left out. */
const DRAWINGS = ['html', 'svg'] as const

export function listExports(): string[] {
  return [...FORMATS.filter(format => format.write).map(format => format.name), ...DRAWINGS]
}

/** Of speedscope in a browser: it walks calls with recursion, and a page of 20 MB still opens in seconds. */
const VIEWER_LIMITS = { levels: 2_000, paths: 200_000 }

/** Half a pixel of the picture, which is the least that is drawn. */
const NARROWEST = 1 / 2400

/** `as`: one of `listExports`. Bytes where the format is binary. */
export async function exportProfile(
  profile: Profile,
  as: string,
  { home, warn }: { home: string; warn: (warning: Warning) => void },
): Promise<string | Uint8Array> {
  if (as === 'svg') return drawSvg(profile, home)
  if (as === 'html') return drawHtml(profile, home, warn)
  return FORMATS.find(format => format.name === as)!.write!(profile)
}

export function drawSvg(profile: Profile, home: string): string {
  const { flame, title, subtitle } = layoutPicture(profile, home)
  return renderFlameSvg(flame, { title, subtitle })
}

/** What a picture of a profile shows, and its words. */
export function layoutPicture(
  profile: Profile,
  home: string,
): { flame: FlameGraph; title: string; subtitle: string } {
  const hidden = hideHome(profile, home)
  const { self: active, idle } = sumTime(hidden)
  return {
    flame: layoutFlame(hidden, { minWidth: NARROWEST }),
    title: titleProfile(hidden),
    subtitle: `${describeOrigin(hidden)}. ${describeActive(hidden.unit, active, idle)}`,
  }
}

/** Functions without a name are called by their place, since the viewer shows and searches names only. */
export async function drawHtml(
  profile: Profile,
  home: string,
  warn: (warning: Warning) => void,
): Promise<string> {
  const { profile: fitting, left } = trimProfile(withoutIdle(profile), VIEWER_LIMITS)
  if (left > 0) {
    warn({
      code: 'calls-left-out',
      message: `${formatCount(left)} call paths are not in the page: deeper than ${formatCount(VIEWER_LIMITS.levels)} levels, or the rarest of a profile too large for a browser. Their time is shown as “left out” below their callers.`,
      next: 'All of it: --as pprof or --as speedscope',
    })
  }
  const hidden = hideHome(fitting, home)
  const title = `${titleProfile(profile)}, ${describeOrigin(profile)}`
  const frames = hidden.frames.map(frame => ({ ...frame, function: nameFrame(frame) }))
  const json = writeSpeedscope({ ...hidden, frames, name: title })
  return renderFlameHtml(await readViewer(), json, `${title} – whyslow`)
}

function sumTime({ frames, stacks }: Profile): { self: number; idle: number } {
  const sums = { self: 0, idle: 0 }
  for (const { frame, self } of stacks) sums[frames[frame]!.kind === 'idle' ? 'idle' : 'self'] += self
  return sums
}

/** What is drawn is passed on: to tickets, to the repository. */
export function hideHome(profile: Profile, home: string): Profile {
  return { ...profile, frames: hideHomeInFrames(profile.frames, home) }
}

export function hideHomeInFrames<Frame extends { function: string; file: string | null }>(
  frames: readonly Frame[],
  home: string,
): Frame[] {
  return frames.map(frame => ({
    ...frame,
    function: hideHomeInText(frame.function, home),
    file: frame.file === null ? null : hideHomeInText(frame.file, home),
  }))
}

export function hideHomeInText(text: string, home: string): string {
  return home === '' || home === '/' ? text : text.replaceAll(home, '~')
}
