import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createWorkbook, findWorkbookDir, openWorkbook } from '../../src/workbook/workbook.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whyslow-workbook-'))
})

test('a new workbook opens from any folder below it', async () => {
  const made = await createWorkbook(join(dir, 'perf'), { story: z.strictObject({ id: z.string() }) })
  expect(made).toEqual({
    dir: join(dir, 'perf'),
    isNew: true,
    created: ['whyslow.yaml', 'stories/', '.whyslow/'],
  })
  await mkdir(join(dir, 'perf', 'a', 'b'), { recursive: true })
  const workbook = await openWorkbook({ cwd: join(dir, 'perf', 'a', 'b') })
  expect(workbook.dir).toBe(join(dir, 'perf'))
  expect(workbook.config.targets.default).toBe(500)
  expect(workbook.paths.requests).toBe(join(dir, 'perf', '.whyslow', 'requests'))
  expect(await findWorkbookDir(dir)).toBeUndefined()
})

test('git sees the config and the stories, never the data', async () => {
  await createWorkbook(dir)
  await writeFile(join(dir, 'stories', 'note.md'), 'x')
  await writeFile(join(dir, '.whyslow', 'secret.parquet'), 'x')
  const git = (...args: string[]) => execFileSync('git', args, { cwd: dir, encoding: 'utf8' })
  git('init', '-q')
  expect(git('status', '--porcelain', '-uall').trim().split('\n').sort()).toEqual([
    '?? stories/note.md',
    '?? whyslow.yaml',
  ])
})

test('init in a workbook keeps the config and adds what is missing', async () => {
  await createWorkbook(dir)
  await writeFile(join(dir, 'whyslow.yaml'), 'objective: 0.9\n')
  await rm(join(dir, '.whyslow'), { recursive: true })
  expect(await createWorkbook(dir)).toEqual({ dir, isNew: false, created: ['.whyslow/'] })
  expect(await readFile(join(dir, 'whyslow.yaml'), 'utf8')).toBe('objective: 0.9\n')
  expect(await createWorkbook(dir)).toEqual({ dir, isNew: false, created: [] })
})

test('the schema for editors is draft 7, knows the keys, and is named on the first line', async () => {
  await createWorkbook(dir, { story: z.strictObject({ id: z.string() }) })
  const config = await readFile(join(dir, 'whyslow.yaml'), 'utf8')
  expect(config.split('\n')[0]).toBe('# yaml-language-server: $schema=.whyslow/schema/whyslow.json')
  const schema = JSON.parse(await readFile(join(dir, '.whyslow/schema/whyslow.json'), 'utf8'))
  expect(schema.$schema).toContain('draft-07')
  expect(schema.additionalProperties).toBe(false)
  expect(schema.required).toBeUndefined()
  expect(JSON.stringify(schema.properties.targets)).toContain('"default"')
  expect(JSON.stringify(schema.properties.identify)).toContain('remote_user')
  expect(JSON.parse(await readFile(join(dir, '.whyslow/schema/story.json'), 'utf8')).properties.id.type).toBe(
    'string',
  )
})

test('no workbook: the error says what to type', async () => {
  await expect(openWorkbook({ cwd: dir })).rejects.toMatchObject({
    message: `There is no workbook in ${dir} or above it: expected a folder with a whyslow.yaml.`,
    next: ['whyslow init', 'or name one: --workbook DIR'],
    exit: 2,
  })
  await expect(openWorkbook({ cwd: dir, explicit: 'perf' })).rejects.toMatchObject({
    message: `There is no workbook at ${join(dir, 'perf')}: expected a folder with a whyslow.yaml.`,
    next: ['whyslow init perf', 'or name one: --workbook DIR'],
  })
})

test('--workbook takes the folder or its whyslow.yaml, and does not walk up', async () => {
  await createWorkbook(join(dir, 'perf'))
  expect((await openWorkbook({ cwd: dir, explicit: 'perf' })).dir).toBe(join(dir, 'perf'))
  expect((await openWorkbook({ cwd: dir, explicit: 'perf/whyslow.yaml' })).dir).toBe(join(dir, 'perf'))
  await expect(openWorkbook({ cwd: dir, explicit: 'perf/stories' })).rejects.toThrow('no workbook at')
})

test('mistakes in whyslow.yaml are located from where the user is', async () => {
  await createWorkbook(join(dir, 'perf'))
  await writeFile(join(dir, 'perf', 'whyslow.yaml'), 'objektive: 1\n\ttimebox: 3m\n')
  await expect(openWorkbook({ cwd: dir, explicit: 'perf' })).rejects.toThrow('perf/whyslow.yaml:2:1  ')
  await writeFile(
    join(dir, 'perf', 'whyslow.yaml'),
    Buffer.from('objective: 0.9\ncurrency: \xff\n', 'latin1'),
  )
  await expect(openWorkbook({ cwd: dir, explicit: 'perf' })).rejects.toThrow(
    'perf/whyslow.yaml:2 is not UTF-8: expected UTF-8 text, found byte 0xff.',
  )
  await writeFile(join(dir, 'perf', 'whyslow.yaml'), Buffer.from([1, 2, 10, 0, 4]))
  await expect(openWorkbook({ cwd: dir, explicit: 'perf' })).rejects.toThrow('perf/whyslow.yaml:2 is binary')
})

test('a clone without .whyslow gets one that git ignores', async () => {
  await writeFile(join(dir, 'whyslow.yaml'), '')
  const workbook = await openWorkbook({ cwd: dir })
  expect(await readFile(join(workbook.paths.data, '.gitignore'), 'utf8')).toBe('*\n')
})

test('a folder that can not be made a workbook says why', async () => {
  await writeFile(join(dir, 'file'), '')
  await expect(createWorkbook(join(dir, 'file', 'x'))).rejects.toThrow(
    /Could not write .*a part of the path is a file/,
  )
})

test('a linked config is read where it is', async () => {
  await createWorkbook(join(dir, 'real'))
  await mkdir(join(dir, 'other'))
  await symlink(join(dir, 'real', 'whyslow.yaml'), join(dir, 'other', 'whyslow.yaml'))
  expect((await openWorkbook({ cwd: join(dir, 'other') })).dir).toBe(join(dir, 'other'))
})
