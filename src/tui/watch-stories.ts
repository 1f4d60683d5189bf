/** The stories of a workbook as they are on disk now: each is read again when its file changes, and only then. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { WhyslowError } from '../errors.js'
import { listStoryIds, readListedStory, type Story, storyFile } from '../stories/read-story.js'
import type { Workbook } from '../workbook/workbook.js'
import { watchFolders } from './watch-folders.js'

export interface Stories {
  /** By id. A story that can't be read is beside them, with what is wrong with it. */
  readable: readonly Story[]
  unreadable: readonly { id: string; file: string; problem: WhyslowError }[]
  /** How many weren't read yet; null until they are counted. */
  unread: number | null
}

export interface WatchedStories {
  /** The same object until something changes. */
  current(): Stories
  subscribe(onChange: () => void): () => void
  /** A story that was just written, without waiting for the disk to say so. */
  put(story: Story): void
  /** Looks at the disk now. */
  refresh(): void
  close(): void
}

interface Known {
  /** Of the file when it was read. */
  version: string
  story: Story | null
  problem: WhyslowError | null
}

/** For disks that don't say what changes on them: a look at the dates of the files. */
const POLL_MS = 5000
/** Of a first reading of many. */
const SHOW_EVERY_MS = 400

/** `onBug`: for what isn't the fault of a story. */
export function watchStories(workbook: Workbook, onBug: (error: unknown) => void): WatchedStories {
  const known = new Map<string, Known>()
  const listeners = new Set<() => void>()
  let stories: Stories = { readable: [], unreadable: [], unread: null }
  let isReading = false
  let isStale = false
  let isClosed = false

  function publish(unread: Stories['unread']): void {
    if (isClosed) return
    const sorted = [...known].sort(([one], [other]) => (one < other ? -1 : 1))
    stories = {
      readable: sorted.flatMap(([, { story }]) => story ?? []),
      unreadable: sorted.flatMap(([id, { problem }]) =>
        problem ? [{ id, file: storyFile(workbook, id), problem }] : [],
      ),
      unread,
    }
    for (const listener of listeners) listener()
  }

  /** What changed is read, one file after the other, so that keys are answered in between. */
  async function read(): Promise<void> {
    const ids = await listStoryIds(workbook)
    const there = new Set(ids)
    const gone = [...known.keys()].filter(id => !there.has(id))
    for (const id of gone) {
      known.delete(id)
      folders.remove(path.dirname(storyFile(workbook, id)))
    }
    if (stories.unread === null) publish(ids.length)
    let changed = gone.length
    let shown = performance.now()
    for (const [index, id] of ids.entries()) {
      if (isClosed) return
      folders.add(path.dirname(storyFile(workbook, id)))
      const version = await readVersion(storyFile(workbook, id))
      if (known.get(id)?.version === version) continue
      known.set(id, { version, ...(await readOne(workbook, id)) })
      changed += 1
      if (performance.now() - shown > SHOW_EVERY_MS) {
        publish(ids.length - index - 1)
        shown = performance.now()
      }
      await setImmediate()
    }
    if (changed > 0 || stories.unread !== 0) publish(0)
  }

  function refresh(): void {
    isStale = true
    if (isReading) return
    isReading = true
    readWhileStale()
      .catch(onBug)
      .finally(() => {
        isReading = false
      })
  }

  async function readWhileStale(): Promise<void> {
    while (isStale && !isClosed) {
      isStale = false
      await read()
    }
  }

  const folders = watchFolders(workbook.paths.stories, refresh)
  const poll = setInterval(refresh, POLL_MS)
  refresh()
  return {
    current: () => stories,
    subscribe(onChange) {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
    put(story) {
      known.set(story.id, { version: '', story, problem: null })
      publish(stories.unread)
      refresh()
    },
    refresh,
    close() {
      isClosed = true
      clearInterval(poll)
      folders.close()
    },
  }
}

async function readOne(workbook: Workbook, id: string): Promise<Pick<Known, 'story' | 'problem'>> {
  try {
    return { story: await readListedStory(workbook, id), problem: null }
  } catch (error) {
    if (!(error instanceof WhyslowError)) throw error
    return { story: null, problem: error }
  }
}

/** Changes with the file. Empty for one that is gone: reading it says why. */
async function readVersion(file: string): Promise<string> {
  return stat(file, { bigint: true }).then(
    ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
    () => '',
  )
}
