/** The ledger of a workbook: of the stories that can be read. */
import { WhyslowError } from '../errors.js'
import { addUpLedger, type Ledger } from '../stories/ledger.js'
import { listStories } from '../stories/read-story.js'
import type { Workbook } from '../workbook/workbook.js'
import { describeUnreadable } from './unreadable-stories.js'

/** Throws where no entry is of the kind that was asked for, and there are others. */
export async function readLedger(workbook: Workbook, kind: string | null): Promise<Ledger> {
  const { stories, problems } = await listStories(workbook)
  const frontMatters = stories.map(({ frontMatter }) => frontMatter)
  const ledger = addUpLedger(frontMatters, kind)
  if (kind !== null && ledger.entries.length === 0) {
    const known = [...new Set(addUpLedger(frontMatters).entries.flatMap(entry => entry.kind ?? []))]
    throw new WhyslowError(`No entry of the ledger is of the kind “${kind}”.`, {
      next: [known.length > 0 ? `There are: ${known.join(', ')}` : 'What is in it: whyslow ledger'],
    })
  }
  return { ...ledger, warnings: [...describeUnreadable(problems), ...ledger.warnings] }
}
