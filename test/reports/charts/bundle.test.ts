/** What is built draws by itself: the packages behind it are there for development only. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BIN = path.join(ROOT, 'bin/run.js')
const PLOT = path.join(ROOT, 'dist/reports/charts/plot.js')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-plot-'))
  await writeFile(path.join(folder, 'a.txt'), '10\n12\n14\n90\n'.repeat(20))
  await writeFile(path.join(folder, 'b.txt'), '11\n22\n34\n95\n'.repeat(20))
})
afterAll(() => rm(folder, { recursive: true }))

test('it has the licences, and imports nothing but Node', async () => {
  const text = await readFile(PLOT, 'utf8')
  const imported = [...text.matchAll(/^import .* from ["'](.*)["']/gm)].map(match => match[1])
  expect(imported.filter(name => !name!.startsWith('node:'))).toEqual([])
  for (const name of ['@observablehq/plot', 'd3-scale', 'linkedom', 'htmlparser2'])
    expect(text).toContain(`${name} `)
  expect(text).toContain('Permission to use, copy, modify, and/or distribute')
  expect(text).toContain('Redistributions of source code must retain')
  expect(text.length).toBeLessThan(1_200_000)
})

test('it is loaded when a chart is drawn, and not before', async () => {
  const loadedBy = async (...args: string[]) => {
    const hook = path.join(ROOT, 'test/package/list-modules.js')
    const { stderr } = await run(process.execPath, ['--import', hook, BIN, ...args], { cwd: folder })
    return [...stderr.matchAll(/^loaded file:\/\/(.*)$/gm)].map(match => match[1]!)
  }
  for (const args of [
    ['look', '--help'],
    ['compare', 'a.txt', 'b.txt'],
  ])
    expect(
      (await loadedBy(...args)).filter(file => /\/charts\/plot\.js$|linkedom|observablehq|\/d3-/.test(file)),
    ).toEqual([])
  const loaded = await loadedBy('compare', 'a.txt', 'b.txt', '--svg', 'c.svg')
  expect(loaded).toContain(PLOT)
  expect(loaded.filter(file => /node_modules\/(?:linkedom|@observablehq|d3)/.test(file))).toEqual([])
  expect(await readFile(path.join(folder, 'c.svg'), 'utf8')).toContain('after, as a line')
})
