/** The viewer that is put into HTML flame graphs, from the installed package; read only when one is written. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { WhyslowError } from '../errors.js'
import type { FlameViewer } from '../reports/flame-html.js'

const require = createRequire(import.meta.url)
const FONT = /url\("\.\/([^"]+\.woff2)"\)/

/** Its parts have a hash in their names, so its page says what they are called. Icons and the reader of Java recordings are left out. */
export async function readViewer(): Promise<FlameViewer> {
  const root = path.dirname(require.resolve('speedscope/package.json'))
  const release = path.join(root, 'dist/release')
  const read = (name: string): Promise<string> => readFile(path.join(release, name), 'utf8')
  const page = await read('index.html')
  const scriptName = /<script src="([^"]+\.js)"/.exec(page)?.[1]
  const stylesName = /<link rel="stylesheet" href="([^"]+\.css)"/.exec(page)?.[1]
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  if (!scriptName || !stylesName) {
    throw new WhyslowError(`The viewer in speedscope ${version} has other parts than expected.`, {
      place: { file: path.join(release, 'index.html') },
      next: ['Install whyslow again, or write another format: --as svg'],
    })
  }
  const [script, styles, own, font] = await Promise.all([
    read(scriptName),
    read(stylesName),
    readFile(path.join(root, 'LICENSE'), 'utf8'),
    read('source-code-pro.LICENSE.md'),
  ])
  return {
    version,
    script: withoutSourceMap(script),
    styles: await withFontInside(withoutSourceMap(styles), release),
    licences: [`speedscope: ${own}`, `Its font, Source Code Pro: ${font}`],
  }
}

async function withFontInside(styles: string, folder: string): Promise<string> {
  const name = FONT.exec(styles)?.[1]
  if (!name) return styles
  const font = await readFile(path.join(folder, name), 'base64')
  return styles.replace(FONT, `url("data:font/woff2;base64,${font}")`)
}

function withoutSourceMap(text: string): string {
  return text.replace(/\n?(?:\/\/|\/\*)# sourceMappingURL=\S+(?: \*\/)?\s*$/, '')
}
