/** Where a chart may be written: asked before anything is measured. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { planFile } from '../../src/steps/write-charts.js'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(path.join(tmpdir(), 'whyslow-plan-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const plan = (name: string) => planFile(name, { kind: 'html', flag: '--html', cwd })

test('a new file, and one that is there', async () => {
  await writeFile(path.join(cwd, 'old.html'), '')
  expect(await plan('new.html')).toBe(path.join(cwd, 'new.html'))
  expect(await plan('old.html')).toBe(path.join(cwd, 'old.html'))
})

test('not over a folder, also behind a link', async () => {
  await mkdir(path.join(cwd, 'a.html'))
  await symlink('a.html', path.join(cwd, 'b.html'))
  for (const name of ['a.html', 'b.html'])
    await expect(plan(name)).rejects.toMatchObject({
      message: `${name} can’t be written: there is a folder of that name.`,
      next: [`--html ${name}/charts.html`],
      exit: 2,
    })
})

test.skipIf(process.getuid?.() === 0)('not into a folder that nobody may write to', async () => {
  await mkdir(path.join(cwd, 'locked'))
  await chmod(path.join(cwd, 'locked'), 0o555)
  await expect(plan('locked/a.html')).rejects.toThrow(/a\.html: no permission/)
})
