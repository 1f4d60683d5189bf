/** Folders that take a while to make: made once in a run of tests, copied for each who asks. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inject } from 'vitest'

/** A copy, which the caller removes. `name` stands for all that `fill` puts into the folder. */
export async function copyOf(name: string, fill: (dir: string) => Promise<unknown>): Promise<string> {
  const made = path.join(inject('madeFolders'), createHash('sha256').update(name).digest('hex'))
  if (!existsSync(made)) await makeOnce(made, fill)
  const dir = await mkdtemp(path.join(tmpdir(), 'whyslow-copy-'))
  await cp(made, dir, { recursive: true })
  return dir
}

/** In place only once it is whole: another worker may make the same. */
async function makeOnce(made: string, fill: (dir: string) => Promise<unknown>): Promise<void> {
  const dir = await mkdtemp(`${made}-`)
  await fill(dir)
  await rename(dir, made).catch(async (error: unknown) => {
    if (!existsSync(made)) throw error
    await rm(dir, { recursive: true })
  })
}
