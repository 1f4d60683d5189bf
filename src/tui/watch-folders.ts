/** Says when something changes in a folder or in those in it. Where the system can't tell, nothing is said. */
import { type FSWatcher, watch } from 'node:fs'
import os from 'node:os'

export interface WatchedFolders {
  /** A folder in it. */
  add(folder: string): void
  remove(folder: string): void
  close(): void
}

/** Editors write a file in several steps. */
const SETTLE_MS = 100

/** Linux watches one folder at a time; walking all of them at once would take long where there are many. */
const IS_RECURSIVE = os.platform() !== 'linux'

/** `onChange` is called once things have settled. */
export function watchFolders(root: string, onChange: () => void): WatchedFolders {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined

  function settle(): void {
    clearTimeout(timer)
    timer = setTimeout(onChange, SETTLE_MS)
  }

  function remove(folder: string): void {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  function start(folder: string): void {
    try {
      const watcher = watch(folder, { recursive: IS_RECURSIVE }, settle)
      watchers.set(
        folder,
        watcher.on('error', () => remove(folder)),
      )
    } catch {
      // It isn't there yet, or the system watches no more of them.
    }
  }

  start(root)
  return {
    add(folder) {
      if (!IS_RECURSIVE && !watchers.has(folder)) start(folder)
    },
    remove,
    close() {
      clearTimeout(timer)
      for (const folder of watchers.keys()) remove(folder)
    },
  }
}
