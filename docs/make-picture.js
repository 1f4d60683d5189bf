// Makes the pictures of the README: what `whyslow look 'GET /products/:id'` prints of the recorded shop, and its charts. `node docs/make-picture.js`, after a build.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const COLORS = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 33: 'yellow', 36: 'cyan' }

/** Pixels between lines: as high as a full block, so that bars have no gaps. */
const STEP = 16

const root = fileURLToPath(new URL('..', import.meta.url))
const recording = path.join(root, 'fixtures/recordings/shop')
const folder = mkdtempSync(path.join(tmpdir(), 'whyslow-picture-'))
const whyslow = (...args) =>
  execFileSync(process.execPath, [path.join(root, 'bin/run.js'), ...args, '--workbook', folder], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '100', FORCE_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })

execFileSync(process.execPath, [path.join(root, 'bin/run.js'), 'init', folder])
whyslow('import', path.join(recording, 'access.log.gz'), path.join(recording, 'accounts.csv'))
const text = `\x1b[36m$ whyslow look 'GET /products/:id'\x1b[39m\n\n${whyslow('look', 'GET /products/:id', '--svg', path.join(root, 'docs/peaks.svg'))}`
rmSync(folder, { recursive: true })
writeFileSync(path.join(root, 'docs/look.svg'), drawTerminal(text.trimEnd().split('\n').slice(0, 44)))

function drawTerminal(lines) {
  const height = lines.length * STEP + 40
  const rows = lines.map(
    (line, i) => `<text x="20" y="${34 + i * STEP}" xml:space="preserve">${drawLine(line)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 ${height}" role="img" aria-label="whyslow look: the distribution of a route, its peaks, when it is slow and for whom">
<style>
  rect { fill: #11151c } text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d7dce2 }
  .bold { font-weight: bold; fill: #fff } .dim { fill: #8b95a3 } .red { fill: #ff8272 } .green { fill: #7fd48a } .yellow { fill: #f0c36a } .cyan { fill: #6fc8dc }
</style>
<rect width="900" height="${height}" rx="8"/>
${rows.join('\n')}
</svg>
`
}

function drawLine(line) {
  let open = ''
  let drawn = ''
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const code = /^\x1b\[(\d+)m$/.exec(part)?.[1]
    if (code === undefined)
      drawn += open && part ? `<tspan class="${open}">${escapeXml(part)}</tspan>` : escapeXml(part)
    else open = COLORS[code] ?? ''
  }
  return drawn
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
