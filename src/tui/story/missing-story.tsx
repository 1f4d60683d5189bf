/** In place of a story whose file is gone or can't be read: the view comes back when it is mended. */
import type { ReactNode } from 'react'
import { renderFailure } from '../../reports/failure.js'
import { fitCharset, plain, type Style, wrap } from '../../reports/style.js'
import { Lines } from '../lines.js'
import { useKeys } from '../use-keys.js'
import type { Stories } from '../watch-stories.js'

export interface MissingStoryProps {
  id: string
  /** Undefined when it is gone. */
  unreadable: Stories['unreadable'][number] | undefined
  style: Style
  height: number
  isActive: boolean
  onEdit: () => void
  onBack: () => void
  onLeave: () => void
}

export function MissingStory({
  id,
  unreadable,
  style,
  height,
  isActive,
  ...on
}: MissingStoryProps): ReactNode {
  useKeys(
    key => {
      if (key === 'escape') on.onBack()
      else if (key === 'q') on.onLeave()
      else if (key === 'o' && unreadable) on.onEdit()
    },
    { isActive },
  )
  const text = unreadable
    ? fitCharset(style, renderFailure(unreadable.problem, style))
    : plain(style, `The story ${id} is gone.`)
  const lines = text.split('\n').flatMap(line => wrap(style, line, '  ').split('\n'))
  return <Lines lines={lines} height={height} />
}
