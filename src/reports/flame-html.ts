/**
 * A flame graph to search and to zoom into, as one HTML file: the viewer of speedscope (https://www.speedscope.app,
 * MIT) with a profile inside. It asks the network for nothing, and may not: its policy forbids every connection.
 *
 * The profile is handed to the viewer as if it had been pasted, which is the one of its ways in that works in a page
 * from disk, needs no second file, and is there for people, so that it stays.
 */
import { escapeScript } from './escape.js'
import { renderPageHead, renderScript } from './page-head.js'

export interface FlameViewer {
  version: string
  script: string
  styles: string
  /** Their texts, as they have to be passed on. */
  licences: string[]
}

/** `profile`: speedscope's JSON. `title`: one line; the viewer shows the name that the JSON holds. */
export function renderFlameHtml(viewer: FlameViewer, profile: string, title: string): string {
  const comment = `<!--
The viewer is speedscope ${viewer.version}.

${viewer.licences.map(escapeComment).join('\n\n')}
-->
`
  return `${renderPageHead(title, { policy: POLICY, styles: viewer.styles, comment })}<body>
<noscript>This flame graph needs JavaScript; the SVG beside it does not.</noscript>
<script type="application/json" id="profile">${escapeScript(profile)}</script>
<script>if (location.hash === '') location.replace('#view=left-heavy')</script>
${renderScript(viewer.script)}
<script>${HAND_OVER}</script>
</body>
</html>
`
}

const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:"

/** A paste is an event with text in it; a plain one does, since browsers give no script a filled clipboard. */
const HAND_OVER = `setTimeout(() => {
  const text = document.getElementById('profile').textContent
  document.dispatchEvent(Object.assign(new Event('paste'), { clipboardData: { getData: () => text } }))
}, 0)`

/** A comment ends at `-->`, and in old browsers at `--!>`. */
function escapeComment(text: string): string {
  return text.replaceAll('--', '- -').trim()
}
