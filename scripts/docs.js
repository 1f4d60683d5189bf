// Writes docs/commands and the README's list of commands, and shows anew the output of examples that has changed. Run it
// after a change to a command, and read the difference before you commit it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { commandPages, commandTable } from './command-pages.js'
import { refreshBlocks } from './console-blocks.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = file => readFileSync(`${root}${file}`, 'utf8')
const write = (file, text) => writeFileSync(`${root}${file}`, text)

const manifest = JSON.parse(read('oclif.manifest.json'))
const { topics } = JSON.parse(read('package.json')).oclif
rmSync(`${root}docs/commands`, { recursive: true, force: true })
mkdirSync(`${root}docs/commands`, { recursive: true })
for (const [name, text] of commandPages(manifest, topics)) write(`docs/commands/${name}`, text)

const table = `<!-- commands -->\n${commandTable(manifest)}\n<!-- /commands -->`
const listed = read('README.md').replace(/<!-- commands -->[\s\S]*<!-- \/commands -->/, () => table)
const { markdown, surprises } = refreshBlocks(listed)
write('README.md', markdown)
process.stdout.write('docs/commands and README.md are current.\n')
for (const surprise of surprises) process.stderr.write(`README.md, ${surprise}\n`)
process.exit(surprises.length === 0 ? 0 : 1)
