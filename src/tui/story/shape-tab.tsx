import { type ReactNode, useMemo } from 'react'
import { renderHowLong } from '../../reports/look.js'
import { renderSides } from '../../reports/sides.js'
import type { Style } from '../../reports/style.js'
import { describeEmpty, Page } from './page.js'
import type { Results, Tab, TabProps } from './tab.js'

function ShapePage({ results, style, height, isActive }: TabProps): ReactNode {
  const { look, 'test-hypothesis': tested } = results
  const text = useMemo(() => renderShape(look, tested, style), [look, tested, style])
  return <Page text={text} height={height} style={style} isActive={isActive} />
}

/** Both sides of the newest test, if there was one, and then all requests of the story. */
function renderShape(look: Results['look'], tested: Results['test-hypothesis'], style: Style): string {
  const sides = tested === undefined ? '' : renderSides(tested, style)
  return [...(sides === '' ? [] : [sides]), ...renderAll(look, style)].join('\n\n')
}

function renderAll(seen: Results['look'], style: Style): string[] {
  if (seen === undefined)
    return [describeEmpty('How long its requests take hasn’t been looked at: press l.', style)]
  const paragraphs = renderHowLong(seen.look, style, seen.words)
  return paragraphs.length === 0 ? ['None of its requests was measured.'] : paragraphs
}

export const shapeTab: Tab = {
  name: 'shape',
  keys: [],
  shows: ['look'],
  Component: ShapePage,
}
