/** Where `copyOf` keeps what it made: a folder for a run of tests, gone at its end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    madeFolders: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'whyslow-made-'))
  provide('madeFolders', dir)
  return () => rm(dir, { recursive: true, force: true })
}
