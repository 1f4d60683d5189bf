/** Files of an issue, each attached once: the hash of its content is in its name. None is ever deleted. */
import type { OutgoingFile } from '../tracker.js'
import type { Issue, JiraApi } from './api.js'
import { shortHash } from './hashes.js'
import { writeOnce } from './write-once.js'

const LOOKS = [500, 2_000]

/** `whyslow-1a2b3c4d-answer-times.svg` */
export function attachedName({ name, bytes }: OutgoingFile): string {
  const safe = name.normalize('NFC').replace(/[^\p{L}\p{N}._-]+/gu, '-')
  return `whyslow-${shortHash(bytes)}-${safe.slice(-150)}`
}

/** How many were attached. `issue`: null when it was created just now. */
export async function attachFiles(
  api: JiraApi,
  key: string,
  issue: Issue | null,
  files: readonly OutgoingFile[],
): Promise<number> {
  const there = namesOf(issue)
  let count = 0
  for (const file of files) {
    const name = attachedName(file)
    if (there.has(name)) continue
    await writeOnce(api.client, {
      write: async () => {
        await api.attach(key, name, file)
        return true
      },
      look: async () => (namesOf(await api.readIssue(key, ['attachment'])).has(name) ? true : null),
      waits: LOOKS,
    })
    there.add(name)
    count += 1
  }
  return count
}

function namesOf(issue: Issue | null): Set<string> {
  return new Set(issue?.fields.attachment?.map(({ filename }) => filename))
}
