/**
 * Linux's `perf record` and `perf script` (https://perfwiki.github.io): CPU of any program, its kernel time where the
 * system allows it. A Node program that whyslow starts writes the names of its functions for it.
 */
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { WhyslowError } from '../../errors.js'
import { findProgram } from './find-tool.js'
import { addNodeOptions } from './node-options.js'
import { runToFile } from './run-to-file.js'
import type { Collected, FinishedRun, Tool } from './tool.js'
import { exists, nothing } from './written.js'

const PARANOID = '/proc/sys/kernel/perf_event_paranoid'
/** Odd, so that it doesn't fall into step with timers. */
const HERTZ = 997

export const PERF: Tool = {
  name: 'perf',
  measures: 'CPU of any program on Linux, native code and, where allowed, the kernel included',
  by: 'pid',
  find: async ({ env }) => (process.platform === 'linux' ? findProgram('perf', env) : null),
  missing: [
    'Linux only. Debian and Ubuntu: apt install linux-perf or linux-tools-generic; Fedora: dnf install perf',
  ],
  commandEnv: env => addNodeOptions(env, ['--perf-basic-prof', '--interpreted-frames-native-stack']),
  start: async ({ file }, { pid, folder }) => ({
    argv: [file, 'record', '-F', String(HERTZ), '-g', '-p', String(pid), '-o', dataFile(folder)],
  }),
  // V8 writes one for the names of its functions.
  stray: /^isolate-.*-v8\.log$/,
  finish_ms: 30_000,
  collect: ({ file }, run) => collectPerf(file, run),
}

async function collectPerf(perf: string, run: FinishedRun): Promise<Collected> {
  const found = nothing()
  const data = dataFile(run.folder)
  if (!(await exists(data))) {
    const why = await explainParanoid()
    if (why) throw why
    return found
  }
  const script = path.join(run.folder, 'perf.txt')
  const problem = await runToFile([perf, 'script', '--no-inline', '-i', data], script, run)
  await removeMaps(run.pids)
  if (await exists(script)) found.profiles.push({ file: script, kind: 'cpu', extension: '.perf' })
  if (problem !== null) {
    found.problems.push(`perf script failed: ${problem}`)
    found.raw.push(data)
  } else if (found.profiles.length === 0) {
    found.problems.push('perf took no sample: the process was not on the CPU meanwhile.')
  }
  return found
}

/** V8 leaves the names of its functions in /tmp, one file a process. Only those of processes that this run started. */
async function removeMaps(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await rm(`/tmp/perf-${pid}.map`, { force: true })
}

/** Above 2 (Debian's 3, Ubuntu's 4) nobody but root may sample; at 2 one's own processes, without the kernel. */
async function explainParanoid(): Promise<WhyslowError | null> {
  const text = await readFile(PARANOID, 'utf8').catch(() => null)
  const level = text === null ? null : Number(text)
  const isRoot = process.geteuid?.() === 0
  if (level === null || isRoot || level <= 2) return null
  return new WhyslowError(
    `perf may not sample here: kernel.perf_event_paranoid is ${level}, which allows it to root only.`,
    {
      exit: 4,
      next: [
        'Until the next start of the machine: sudo sysctl kernel.perf_event_paranoid=1',
        'Or run whyslow as root. In a container, perf also needs CAP_PERFMON, and a seccomp profile that lets it through.',
        'For a Node program no permission is needed: whyslow profile attach PID',
      ],
    },
  )
}

function dataFile(folder: string): string {
  return path.join(folder, 'perf.data')
}
