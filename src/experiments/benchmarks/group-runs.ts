/** The repetitions of a file of results, by the run that they are a part of. Pure. */
import type { Warning } from '../../warnings.js'
import type { RunOfHistory } from './history.js'
import { type BenchMetric, kindOf } from './metrics.js'
import type { Environment, Repetition } from './repetition.js'

export interface GroupedRun extends RunOfHistory {
  environment: Environment
  parts: Repetition[]
}

/** Which runs of a file make up the history. */
export interface WantedRuns {
  /** Its name. */
  scenario: string
  /** Whether it was measured as the scenario is now: see `fingerprintOf`. */
  isCurrent: (repetition: Repetition) => boolean
}

/**
 * In order of time: those that were measured as the scenario is now; where there are none, those like the newest, with a warning. Others
 * aren't comparable, and are counted in a warning.
 */
export function groupRuns(
  repetitions: readonly Repetition[],
  { scenario, isCurrent }: WantedRuns,
): { runs: GroupedRun[]; warnings: Warning[] } {
  const ordered = repetitions.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
  const byRun = Map.groupBy(ordered, repetition => repetition.run)
  const all = [...byRun.values()].map(parts => ({ parts, fingerprint: parts.at(-1)!.fingerprint }))
  const own = ordered.filter(repetition => repetition.scenario === scenario)
  const current = own.findLast(isCurrent)
  const wanted = current ?? own.at(-1)
  const alike = all.filter(
    ({ parts, fingerprint }) => parts[0]!.scenario === scenario && fingerprint === wanted?.fingerprint,
  )
  const runs = alike.map(({ parts, fingerprint }): GroupedRun => {
    const own = parts.filter(part => part.fingerprint === fingerprint)
    const { run, at, environment } = own[0]!
    const { commit, isDirty } = environment
    return { run, at, commit, isDirty, repetitions: own.length, environment, parts: own }
  })
  const others = all.length - alike.length
  return {
    runs,
    warnings: [
      ...(wanted === undefined || current !== undefined ? [] : [warnOfScenario()]),
      ...(others === 0 ? [] : [warnOfOthers(others)]),
    ],
  }
}

function warnOfScenario(): Warning {
  return {
    code: 'scenario-differs',
    message:
      'No run was measured with the service, load and target that the scenario has now: these are the runs like the newest.',
    next: 'With the next whyslow bench run the history begins anew.',
  }
}

function warnOfOthers(count: number): Warning {
  const [what, are] = count === 1 ? ['One run', 'is'] : [`${count} runs`, 'are']
  return {
    code: 'runs-left-out',
    message: `${what} of another scenario, service, load or target ${are} left out, since their figures can’t be compared with these.`,
  }
}

export interface MeasuredRun {
  run: GroupedRun
  value: number
  /** What it was measured on: requests for a share, else 1. */
  weight: number
}

/** One value a run: the mean over its repetitions, of a share weighted by the requests that count. Runs without a value are left out. */
export function measureRuns(runs: readonly GroupedRun[], metric: BenchMetric): MeasuredRun[] {
  const kind = kindOf(metric)
  const isShare = kind.unit === 'share'
  return runs.flatMap(run => {
    let [sum, weights] = [0, 0]
    for (const part of run.parts) {
      const value = kind.valueOf(part)
      if (value === null || !Number.isFinite(value)) continue
      const weight = isShare ? countJudged(part) : 1
      sum += value * weight
      weights += weight
    }
    return weights > 0 ? [{ run, value: sum / weights, weight: isShare ? weights : 1 }] : []
  })
}

/** Those that are good or not: all but the client's errors. */
function countJudged({ requests, errors, statuses }: Repetition): number {
  return requests + errors - (statuses['4xx'] ?? 0)
}
