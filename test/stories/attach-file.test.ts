import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { attachFile } from '../../src/stories/attach-file.js'

let dir: string
let story: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whyslow-attach-'))
  await mkdir(join(dir, 'story'))
  story = join(dir, 'story', 'story.md')
  await writeFile(story, 'the story')
})

async function source(name: string, content = name): Promise<string> {
  await writeFile(join(dir, name), content)
  return join(dir, name)
}

test('a file is copied under its name, and never over another', async () => {
  const names = []
  for (const content of ['one', 'two'])
    names.push(await attachFile(story, await source('Screen Shot.PNG', content)))
  expect(names).toEqual(['Screen-Shot.png', 'Screen-Shot-2.png'])
  expect(await readFile(join(dir, 'story', 'Screen-Shot.png'), 'utf8')).toBe('one')
  expect(await readFile(join(dir, 'story', 'Screen-Shot-2.png'), 'utf8')).toBe('two')
  expect(await attachFile(story, await source('STORY.md'))).toBe('STORY-2.md')
  expect(await readFile(story, 'utf8')).toBe('the story')
})

test('names are safe on every system', async () => {
  const given = [
    '.env',
    'con.txt',
    'a<b>|"c?.md',
    '$(rm -rf).sh',
    'Größe 速い.mp4',
    '...',
    `${'x'.repeat(200)}.log`,
    'a\nb.txt',
    '-rf',
    'bob@wile.example at 203.0.113.9.png',
  ]
  const names = []
  for (const name of given)
    names.push(await attachFile(story, await source(name, 'x')).catch(error => error.message))
  expect(names).toEqual([
    'env',
    '_con.txt',
    'a-b-c.md',
    'rm-rf.sh',
    'Größe-速い.mp4',
    'attachment',
    `${'x'.repeat(80)}.log`,
    'a-b.txt',
    'rf',
    'e-mail-at-ip.png',
  ])
})

test('what is no readable file is refused, and nothing is left', async () => {
  await expect(attachFile(story, join(dir, 'none.png'))).rejects.toThrow('none.png: there is no such file.')
  await expect(attachFile(story, dir)).rejects.toThrow('it is a folder')
  await expect(attachFile(story, '/dev/null')).rejects.toThrow('it is no plain file')
  expect(await readdir(join(dir, 'story'))).toEqual(['story.md'])
})

test('a link is copied as what it points to', async () => {
  await symlink(await source('real.txt', 'content'), join(dir, 'link.txt'))
  expect(await attachFile(story, join(dir, 'link.txt'))).toBe('link.txt')
  expect(await readFile(join(dir, 'story', 'link.txt'), 'utf8')).toBe('content')
})
