/**
 * The diagnosis of clinic doctor as data, by its own analysis of its own files. It is run in a process of its own
 * (`read-doctor.ts`): it loads a neural network's library, which prints and takes memory.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startGroup } from './group.js'
import { endMembers } from './members.js'
import type { FinishedRun, Verdict } from './tool.js'

/** What `issueCategory` of @clinic/doctor 11 says, in plain words. */
const FINDINGS: Record<string, string> = {
  none: 'no issue found: event loop, CPU, memory and handles look as they should',
  'event-loop': 'the event loop is blocked: synchronous work keeps the process from answering',
  io: 'it waits for I/O: the process has little to do itself, its requests wait for something outside',
  gc: 'garbage collection takes too much time: the process allocates a lot',
  data: 'too little data for a diagnosis: a longer run under more load is needed',
  unknown: 'there are signs of an issue, but they point in different directions',
}

/** The line of the process that is meant. */
const ANSWER = 'whyslow-doctor:'

const LIMIT_MS = 60_000

export async function readDoctor(
  clinic: string,
  data: string,
  { env, token }: Pick<FinishedRun, 'env' | 'token'>,
): Promise<{ verdict: Verdict | null; problem: string | null }> {
  const script = fileURLToPath(new URL(`./read-doctor${extname(import.meta.url)}`, import.meta.url))
  const argv = [process.execPath, '--no-warnings', script, clinic, data]
  const group = await startGroup(argv, { cwd: data, env, token })
  const timer = setTimeout(
    () => void endMembers({ groups: [group.pid], token }, { interrupt_ms: 0, terminate_ms: 500 }),
    LIMIT_MS,
  )
  await group.ended
  clearTimeout(timer)
  const lines = group.tail()
  const answer = lines.find(line => line.startsWith(ANSWER))
  if (answer === undefined) {
    const why = lines.find(line => /Error/.test(line)) ?? lines.at(-1) ?? 'it said nothing'
    return { verdict: null, problem: `Doctor’s diagnosis could not be read: ${why}` }
  }
  return { verdict: readVerdict(answer.slice(ANSWER.length)), problem: null }
}

function readVerdict(text: string): Verdict {
  const { issueCategory, issues } = JSON.parse(text) as {
    issueCategory: string
    issues: Record<string, string | Record<string, string>>
  }
  const flat = Object.entries(issues).flatMap(([name, found]) =>
    typeof found === 'string'
      ? [[name, found] as const]
      : Object.entries(found).map(([part, value]) => [`${name}.${part}`, value] as const),
  )
  return {
    category: issueCategory,
    finding: FINDINGS[issueCategory] ?? issueCategory,
    issues: Object.fromEntries(flat),
  }
}
