import path from 'node:path'
import { type ReactNode, useEffect, useState } from 'react'
import type { FlameGraph } from '../../profilers/flame.js'
import { renderFlameScreen } from '../../reports/flame-screen.js'
import { FLAME_START, type FlameMove, type FlameWalk, moveInFlame } from '../../reports/flame-walk.js'
import { paint, plain, truncate } from '../../reports/style.js'
import { groupCaptures } from '../../stories/captures.js'
import { Lines } from '../lines.js'
import { type KeyName, useKeys } from '../use-keys.js'
import type { Tasks } from '../work.js'
import { describeEmpty, Page } from './page.js'
import type { Tab, TabProps } from './tab.js'

const MOVES: Record<KeyName, FlameMove> = {
  up: 'caller',
  k: 'caller',
  down: 'callee',
  j: 'callee',
  left: 'left',
  right: 'right',
  enter: 'in',
  u: 'out',
  backspace: 'out',
  // What many terminals send for backspace.
  delete: 'out',
}

/** Where one was, for when one comes back from another page. */
const WALKS = new WeakMap<FlameGraph, FlameWalk>()

/** The newest capture is read when the page is opened without one. */
function FlamePage(props: TabProps): ReactNode {
  const { story, results, running, style, height, isActive, start } = props
  const newest = groupCaptures(story.frontMatter.profiles).at(-1)
  const read = () => {
    if (results.flame === undefined && newest !== undefined)
      start('flame', { story: story.id, files: newest.map(({ file }) => file) })
  }
  // Once, so that a file that can’t be read isn’t read again and again.
  useEffect(read, [])
  useKeys(
    key => {
      if (key === 'enter') read()
    },
    { isActive: isActive && results.flame === undefined },
  )
  if (results.flame === undefined) {
    const text =
      newest === undefined
        ? 'No profile has been taken of it: press p.'
        : running?.name === 'flame'
          ? `Reading ${newest[0]!.file} …`
          : `Enter reads ${newest[0]!.file}.`
    return <Page text={describeEmpty(text, style)} height={height} style={style} isActive={isActive} />
  }
  const { flame, profiles } = results.flame
  return (
    <FlameWalkPage
      key={profiles.map(profile => profile.file).join('\n')}
      flame={flame}
      profiles={profiles}
      style={style}
      height={height}
      isActive={isActive}
    />
  )
}

function FlameWalkPage({
  flame,
  profiles,
  style,
  height,
  isActive,
}: Pick<Tasks['flame']['result'], 'flame' | 'profiles'> &
  Pick<TabProps, 'style' | 'height' | 'isActive'>): ReactNode {
  const [walk, setWalk] = useState(WALKS.get(flame) ?? FLAME_START)
  useEffect(() => void WALKS.set(flame, walk), [flame, walk])
  useKeys(
    key => {
      const move = MOVES[key]
      if (move) setWalk(before => moveInFlame(flame, before, move, style.width))
    },
    { isActive },
  )
  const files = [...new Set(profiles.map(profile => path.basename(profile.file)))].join(', ')
  const title = paint(style, 'dim', truncate(style, plain(style, files), style.width))
  return <Lines lines={[title, ...renderFlameScreen(flame, walk, height - 1, style)]} height={height} />
}

export const flameTab: Tab = {
  name: 'flame',
  keys: [
    { keys: 'up', does: 'to the caller', short: 'caller' },
    { keys: 'down', does: 'to the heaviest callee', short: 'callee' },
    { keys: 'left right', does: 'to the next call on its level', short: 'beside' },
    { keys: 'Enter', does: 'zoom in', command: 'whyslow profile show ID', short: 'zoom in' },
    { keys: 'u', does: 'zoom out; so does Backspace', short: 'out' },
  ],
  shows: ['flame'],
  takesArrows: true,
  Component: FlamePage,
}
