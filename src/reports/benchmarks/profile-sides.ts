/** `bench profile`: what changed per request between two versions under load, and where the files are. */
import type { ProfileDiff } from '../../profilers/diff-profiles.js'
import { formatCount } from '../../units.js'
import { renderProfileDiff } from '../profile-diff.js'
import { fitCharset, paint, plain, type Style, wrap } from '../style.js'

export interface ShownSides {
  scenario: string
  base: { name: string }
  head: { name: string }
  folder: string
  story: string | null
  captures: { side: 'base' | 'head' }[]
  diff: ProfileDiff
  pages: ShownPages
}

interface ShownPages {
  diff: string
  base: { svg: string; html: string }
  head: { svg: string; html: string }
}

/** `show` shortens a path for this terminal. `limit`: of functions within noise. */
export function renderProfiledSides(
  result: ShownSides,
  show: (file: string) => string,
  { style, limit }: { style: Style; limit: number },
): string {
  const { scenario, base, head, captures, diff } = result
  const each = captures.filter(({ side }) => side === 'base').length
  const taken = each === 1 ? '1 capture a side' : `${formatCount(each)} captures a side, in turns`
  const parts = [
    wrap(
      style,
      `${paint(style, 'bold', plain(style, scenario))}: ${plain(style, `before ${base.name}, after ${head.name}; ${taken}`)}`,
    ),
    renderProfileDiff(diff, show, { style, limit }),
    listPages(result, show, style),
  ]
  return fitCharset(style, parts.join('\n\n'))
}

function listPages(
  { pages, folder, story }: ShownSides,
  show: (file: string) => string,
  style: Style,
): string {
  const filed = story === null ? `The captures are in ${show(folder)}.` : `Filed in the story ${story}.`
  return [
    wrap(style, plain(style, filed)),
    ...describePages(pages, show).map(line => plain(style, line)),
  ].join('\n')
}

/** A line each; names are not escaped. */
function describePages(pages: ShownPages, show: (file: string) => string): string[] {
  return [
    `What changed, as a page: ${show(pages.diff)}`,
    `Flame graph before: ${show(pages.base.html)}, as a picture ${show(pages.base.svg)}`,
    `Flame graph after: ${show(pages.head.html)}, as a picture ${show(pages.head.svg)}`,
  ]
}
