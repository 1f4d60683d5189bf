/** The flame graph of a capture that is filed: beside it, in the repository, so that a ticket can show it. */
import type { Profile } from '../profilers/profile.js'
import type { Warning } from '../warnings.js'
import { writeFileAtomic } from '../workbook/write-file.js'
import { drawHtml, drawSvg } from './export-profile.js'

/**
 * Writes `<base>.svg`, and `<base>.html` where it is asked for: that one holds the viewer, half a megabyte in each,
 * and can be made at any time (`profile show --html FILE`). Files that are there are replaced. Returns what was written.
 */
export async function drawFlameGraphs(
  profile: Profile,
  base: string,
  { home, html, warn }: { home: string; html: boolean; warn: (warning: Warning) => void },
): Promise<string[]> {
  const svg = `${base}.svg`
  await writeFileAtomic(svg, drawSvg(profile, home))
  if (!html) return [svg]
  const page = `${base}.html`
  await writeFileAtomic(page, await drawHtml(profile, home, warn))
  return [svg, page]
}
