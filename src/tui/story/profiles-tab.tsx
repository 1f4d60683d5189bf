import path from 'node:path'
import { Box } from 'ink'
import { type ReactNode, useMemo, useState } from 'react'
import { type Capture, renderCaptures } from '../../reports/captures.js'
import { foldLines } from '../../reports/fold.js'
import { renderHottest } from '../../reports/profile.js'
import type { Style } from '../../reports/style.js'
import { groupCaptures } from '../../stories/captures.js'
import { Lines } from '../lines.js'
import { useKeys } from '../use-keys.js'
import { describeEmpty, Page } from './page.js'
import type { Results, Tab, TabProps } from './tab.js'

/** Captures that are seen at once: what is hot has the rest of the page. */
const MOST_SEEN = 4

function ProfilesPage({ story, results, style, height, isActive, start }: TabProps): ReactNode {
  const captures = useMemo(() => groupCaptures(story.frontMatter.profiles).reverse(), [story])
  const read = results.flame
  const isRead = (capture: Capture) => capture.some(({ file }) => isOf(file, read))
  // By its name, since a new capture comes before all others. Null: what is read, else the newest.
  const [wanted, choose] = useState<string | null>(null)
  const chosen = findChosen(captures, wanted, isRead)
  const step = (by: number) =>
    choose(before => captures[findChosen(captures, before, isRead) + by]?.[0]?.file ?? before)
  useKeys(
    key => {
      if (key === '[') step(1)
      if (key === ']') step(-1)
      if (key === 'enter') {
        const capture = captures[chosen]
        if (capture) start('flame', { story: story.id, files: capture.map(({ file }) => file) })
      }
    },
    { isActive },
  )
  const hottest = useMemo(() => describeHottest(read, captures.length, style), [read, captures, style])
  if (captures.length === 0) return <Page text={hottest} height={height} style={style} isActive={isActive} />
  const list = seeAround(renderCaptures(captures, chosen, isRead, style), chosen, style)
  const rows = list.length + 1
  return (
    <Box flexDirection="column">
      <Lines lines={list} height={rows} />
      <Page text={hottest} height={height - rows} style={style} isActive={isActive} />
    </Box>
  )
}

function findChosen(
  captures: readonly Capture[],
  wanted: string | null,
  isRead: (capture: Capture) => boolean,
): number {
  const isWanted = (capture: Capture) => capture.some(({ file }) => file === wanted)
  return Math.max(0, captures.findIndex(wanted === null ? isRead : isWanted))
}

function isOf(file: string, read: Results['flame']): boolean {
  return read?.profiles.some(profile => path.basename(profile.file) === file) ?? false
}

/** The head, and so many captures around the chosen one. */
function seeAround([head = '', ...captures]: string[], chosen: number, style: Style): string[] {
  const first = Math.max(0, Math.min(chosen - 1, captures.length - MOST_SEEN))
  return [head, ...captures.slice(first, first + MOST_SEEN)].flatMap(line => foldLines(line, style.width))
}

function describeHottest(read: Results['flame'], captures: number, style: Style): string {
  if (captures === 0) return describeEmpty('No profile has been taken of it: press p.', style)
  if (read === undefined)
    return describeEmpty('Enter reads the chosen capture: its hottest functions.', style)
  return renderHottest(read, file => file, style)
}

export const profilesTab: Tab = {
  name: 'profiles',
  keys: [
    { keys: '[ ]', does: 'choose an older, a newer capture', short: 'choose' },
    { keys: 'Enter', does: 'read it', command: 'whyslow profile show ID', short: 'read' },
  ],
  shows: ['attach'],
  Component: ProfilesPage,
}
