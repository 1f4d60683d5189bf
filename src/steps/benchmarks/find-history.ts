/** `bench history`: the changes of level in the results of a scenario, each of which is new once. */
import path from 'node:path'
import { FEWEST_RUNS, findMetricChanges } from '../../experiments/benchmarks/find-changes.js'
import { type GroupedRun, groupRuns } from '../../experiments/benchmarks/group-runs.js'
import type {
  BenchmarkHistory,
  ChangeState,
  FoundChange,
  HistoryChange,
  MetricHistory,
} from '../../experiments/benchmarks/history.js'
import {
  type Decision,
  decideChanges,
  makeChangeId,
  recallChanges,
  rememberChange,
} from '../../experiments/benchmarks/recall-changes.js'
import {
  changesFileOf,
  type RememberedChange,
  readRemembered,
  writeRemembered,
} from '../../experiments/benchmarks/remembered-changes.js'
import { readResults } from '../../experiments/benchmarks/results-file.js'
import { fingerprintOf, type Scenario } from '../../experiments/benchmarks/scenario.js'
import type { Warning } from '../../warnings.js'
import { withLock } from '../../workbook/lock.js'
import type { Workbook } from '../../workbook/workbook.js'
import type { RunOptions } from '../run-program.js'
import { fileChanges } from './file-changes.js'
import { listCommitsBetween } from './list-commits.js'
import { findUnder } from './settle-scenario.js'

export interface HistoryRequest {
  /** Absolute. */
  results: string
  /** Whose target the scenario goes by where it has none, and where changes for the worse are filed. */
  workbook: Workbook | null
  /** Whether they are filed. Those that aren't are by the next look that does. */
  fileStories: boolean
  decisions: readonly Decision[]
  /** Remember nothing, and file nothing. */
  dryRun: boolean
  seed: number
  now: Date
  /** How messages name a file. */
  show: (file: string) => string
  /** Of git. */
  run: RunOptions
}

export async function findHistory(scenario: Scenario, request: HistoryRequest): Promise<BenchmarkHistory> {
  const { results, workbook, show } = request
  const read = await readResults(results, show(results))
  const under_ms = findUnder(scenario, workbook)
  const { runs, warnings } = groupRuns(read.repetitions, {
    scenario: scenario.name,
    isCurrent: one => one.fingerprint === fingerprintOf(scenario, under_ms ?? one.under_ms),
  })
  const gates = scenario.gates.filter(
    ({ metric }, i) => scenario.gates.findIndex(other => other.metric === metric) === i,
  )
  const metrics = gates.map(gate => findMetricChanges(runs, gate, request.seed))
  const found = metrics
    .flatMap(({ changes }) => changes)
    .sort((one, other) => Date.parse(other.at) - Date.parse(one.at))
  const look = () => rememberFound(scenario, request, runs, found)
  const isLocked = !request.dryRun && (found.length > 0 || request.decisions.length > 0)
  const remembered = await (isLocked ? withLock(`${changesFileOf(results)}.lock`, look) : look())
  const changes: HistoryChange[] = []
  const repository = { folder: path.dirname(scenario.file), ...request.run }
  for (const change of remembered.changes) {
    const between = await listCommitsBetween(repository, change.commits)
    changes.push({ ...change, commits: { ...change.commits, ...between } })
  }
  const histories = metrics.map(({ history }) => history)
  return {
    scenario: scenario.name,
    file: scenario.shown,
    runs: runs.map(({ environment: _, parts: __, ...run }) => run),
    metrics: histories,
    changes,
    verdict: judge(changes, histories),
    fewest: FEWEST_RUNS,
    warnings: [
      ...read.warnings,
      ...warnings,
      ...(runs.length === 0 ? [] : warnOfMetrics(histories)),
      ...remembered.warnings,
    ],
  }
}

type Recalled = Omit<HistoryChange, 'commits'> & Pick<FoundChange, 'commits'>

/** What was found is recalled, filed and remembered in one go: two looks at once report nothing twice. */
async function rememberFound(
  scenario: Scenario,
  { results, workbook, fileStories, decisions, dryRun, now, show }: HistoryRequest,
  runs: readonly GroupedRun[],
  found: readonly FoundChange[],
): Promise<{ changes: Recalled[]; warnings: Warning[] }> {
  const file = changesFileOf(results)
  const before = await readRemembered(file, show(file))
  const recalled = recallChanges(found, before, runs)
  const taken = new Set(before.map(({ id }) => id))
  const looked = found.map((change, i) => {
    const known = recalled[i] ?? null
    return { change, known, entry: known ?? rememberChange(change, freeId(change, taken), now) }
  })
  const fresh = looked.filter(({ known }) => known === null)
  const after = decideChanges([...before, ...fresh.map(({ entry }) => entry).reverse()], decisions, now)
  const stateOf = (id: string) => after.find(one => one.id === id)!
  // Also what was reported where there was no workbook, or when it couldn't be filed.
  const isUnfiled = ({ state, story }: RememberedChange) => state === 'known' && story === null
  const toFile = looked
    .filter(({ change, entry }) => change.isWorse && isUnfiled(stateOf(entry.id)))
    .map(({ change, entry }) => ({ id: entry.id, change }))
  const filed =
    workbook === null || !fileStories || dryRun || toFile.length === 0
      ? { story: null, warnings: [] }
      : await fileChanges(workbook, scenario, toFile, now)
  const isFiled = new Set(toFile.map(({ id }) => id))
  const kept = after.map(one => (isFiled.has(one.id) ? { ...one, story: filed.story } : one))
  const isChanged = fresh.length > 0 || decisions.length > 0 || filed.story !== null
  if (!dryRun && isChanged) await writeRemembered(file, kept, show(file))
  const changes = looked.map(({ change, known, entry }): Recalled => {
    const { id, state, reason, found, story } = kept.find(one => one.id === entry.id)!
    return { ...change, id, state: tell(state, known), reason, found: dryRun && !known ? null : found, story }
  })
  return { changes, warnings: filed.warnings }
}

function tell(state: RememberedChange['state'], known: RememberedChange | null): ChangeState {
  return state === 'known' && known === null ? 'new' : state
}

function freeId(change: FoundChange, taken: Set<string>): string {
  const id = makeChangeId(change)
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? id : `${id}-${number}`
    if (taken.has(free)) continue
    taken.add(free)
    return free
  }
}

function judge(
  changes: readonly HistoryChange[],
  metrics: readonly MetricHistory[],
): BenchmarkHistory['verdict'] {
  if (changes.some(({ state, isWorse }) => state === 'new' && isWorse)) return 'worse'
  return metrics.some(({ values }) => values.length < FEWEST_RUNS) ? 'cannot tell yet' : 'clean'
}

function warnOfMetrics(metrics: readonly MetricHistory[]): Warning[] {
  return metrics.flatMap(({ metric, title, values, levels, correlation }): Warning[] => {
    if (values.length === 0)
      return [
        {
          code: 'metric-missing',
          message: `No run measured the ${title}, so nothing is said of it.`,
          next: `Take ${metric} out of the gates, or run where it can be measured.`,
        },
      ]
    if (correlation === null || levels.length < 2) return []
    return [
      {
        code: 'runs-alike',
        message: `${metric}: runs resemble the run before (correlation ${correlation.toFixed(1)}), so a few runs like each other may pass for a lasting change.`,
        next: 'More runs tell them apart.',
      },
    ]
  })
}
