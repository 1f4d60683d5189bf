import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, runCli, runJson, transcribe } from './run-cli.js'

let dir: string

beforeEach(async () => {
  dir = await makeFolder(false)
})
afterEach(() => rm(dir, { recursive: true }))

test('says what it made and what to do next, here and in another folder, for the first time and again', async () => {
  const text = [
    await transcribe(['init'], { cwd: dir }),
    await transcribe(['init'], { cwd: dir }),
    await transcribe(['init', 'other'], { cwd: dir }),
  ].join('\n')
  await expect(text).toMatchFileSnapshot('../golden/init.txt')
})

test('--workbook names the folder as well, but not another one beside it', async () => {
  const named = await runCli(['init', '--workbook', 'named'], { cwd: dir })
  expect(named).toMatchObject({ code: 0, stdout: expect.stringContaining('named') })
  await readFile(path.join(dir, 'named/whyslow.yaml'))
  const both = await runCli(['init', 'other', '--workbook=named'], { cwd: dir })
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('Two folders are named') })
  // The environment says where other commands look, not where a workbook is made.
  await runCli(['init', 'here'], { cwd: dir, env: { WHYSLOW_WORKBOOK: path.join(dir, 'elsewhere') } })
  await readFile(path.join(dir, 'here/whyslow.yaml'))
})

test('leaves a whyslow.yaml alone, and names what it added beside it', async () => {
  const own = 'targets:\n  default: 200ms\n'
  await writeFile(path.join(dir, 'whyslow.yaml'), own)
  const run = await runCli(['init'], { cwd: dir })
  expect(run.stdout).toContain('There is a workbook in this folder already')
  expect(run.stdout).toContain('stories/')
  expect(run.stdout).not.toMatch(/^ {2}whyslow\.yaml/m)
  expect(await readFile(path.join(dir, 'whyslow.yaml'), 'utf8')).toBe(own)
})

test('writes the schemas that whyslow.yaml and stories name for editors', async () => {
  await runCli(['init'], { cwd: dir })
  const schema = JSON.parse(await readFile(path.join(dir, '.whyslow/schema/story.json'), 'utf8'))
  expect(schema.properties).toHaveProperty('hypotheses')
})

test('--json gives the folder and what was made', async () => {
  const result = await runJson<{ isNew: boolean; created: string[] }>(['init'], { cwd: dir })
  expect(result).toMatchObject({ isNew: true, created: ['whyslow.yaml', 'stories/', '.whyslow/'] })
})

test('a folder that cannot be made is wrong use, with the reason', async () => {
  await writeFile(path.join(dir, 'file'), '')
  const run = await runCli(['init', 'file/inside'], { cwd: dir })
  expect(run.code).toBe(2)
  expect(run.stderr).toMatch(/^Error: .*file/)
})
