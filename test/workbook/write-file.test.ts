import { chmod, mkdir, mkdtemp, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, expect, test } from 'vitest'
import { writeFileAtomic } from '../../src/workbook/write-file.js'
import { runSource, sourceOf } from './run-source.js'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'whyslow-write-'))
})

const write = `import { writeFileAtomic } from '${sourceOf('workbook/write-file.ts')}'\n`

test('a new file, and one that replaces another with its permissions', async () => {
  const file = join(dir, 'a.yaml')
  await writeFileAtomic(file, 'one')
  await chmod(file, 0o640)
  await writeFileAtomic(file, Buffer.from('two'))
  expect(await readFile(file, 'utf8')).toBe('two')
  expect((await stat(file)).mode & 0o777).toBe(0o640)
  expect(await readdir(dir)).toEqual(['a.yaml'])
})

test('a link stays a link', async () => {
  await writeFile(join(dir, 'real'), 'one')
  await symlink(join(dir, 'real'), join(dir, 'link'))
  await writeFileAtomic(join(dir, 'link'), 'two')
  expect(await readFile(join(dir, 'real'), 'utf8')).toBe('two')
  expect((await readdir(dir)).sort()).toEqual(['link', 'real'])
})

test('no room: a clear error, the old file stays, nothing is left behind', async () => {
  const file = join(dir, 'a')
  await writeFile(file, 'old')
  const code = `${write} await writeFileAtomic(${JSON.stringify(file)}, 'x'.repeat(1e6)).catch(error => console.log(error.message))`
  const { stdout, stderr } = await runSource(code, { ulimit: '-f 8' }).ended
  expect(stderr).toBe('')
  expect(stdout.trim()).toBe(
    `Could not write ${file}: the file would be larger than allowed here. What was there before is unchanged.`,
  )
  expect(await readFile(file, 'utf8')).toBe('old')
  expect(await readdir(dir)).toEqual(['a'])
})

test('other reasons are named too', async () => {
  await mkdir(join(dir, 'folder'))
  await expect(writeFileAtomic(join(dir, 'folder'), 'x')).rejects.toThrow('there is a folder of that name')
  await expect(writeFileAtomic(join(dir, 'no', 'file'), 'x')).rejects.toThrow('the folder is not there')
  expect(await readdir(dir)).toEqual(['folder'])
})

test('killed while writing, the file is whole: the old one or a new one', async () => {
  const file = join(dir, 'a')
  const loop = `${write} for (let n = 0; ; n = (n + 1) % 10) { await writeFileAtomic(${JSON.stringify(file)}, String(n).repeat(3e6)); if (n === 0) console.log('going') }`
  for (const ms of [3, 11, 17, 29]) {
    const child = runSource(loop)
    await child.said('going')
    await sleep(ms)
    child.process.kill('SIGKILL')
    await child.ended
    const text = await readFile(file, 'utf8')
    expect(text.length).toBe(3e6)
    expect(text).toBe(text[0]!.repeat(3e6))
  }
})
