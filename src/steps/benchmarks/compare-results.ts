/** Two files of results, of which each was measured by itself. */
import { WhyslowError } from '../../errors.js'
import { checkComparable } from '../../experiments/benchmarks/check-comparable.js'
import type { BenchmarkComparison } from '../../experiments/benchmarks/comparison.js'
import { describeSides } from '../../experiments/benchmarks/describe-repetitions.js'
import { judgeSides } from '../../experiments/benchmarks/judge-gates.js'
import type { Repetition } from '../../experiments/benchmarks/repetition.js'
import { readResults } from '../../experiments/benchmarks/results-file.js'
import { sumUpComparison } from '../../experiments/benchmarks/sum-up-comparison.js'
import type { Warning } from '../../warnings.js'
import { warnOfWaivers } from './describe-waivers.js'
import type { NamedSide } from './open-sides.js'
import type { SettledScenario } from './settle-scenario.js'

const LEVEL = 0.95

export async function compareResults(
  { scenario, under_ms }: SettledScenario,
  { base, head, seed, now }: { base: NamedSide; head: NamedSide; seed: number; now: () => Date },
): Promise<BenchmarkComparison> {
  const [one, other] = [await readSide(base, scenario.name), await readSide(head, scenario.name)]
  checkComparable({ ...one, name: base.name }, { ...other, name: head.name })
  const sides = { base: one.repetitions, head: other.repetitions, interleaved: false }
  const gates = judgeSides(sides, scenario.gates, { level: LEVEL, now: now(), waivers: scenario.waivers })
  const pairs = Math.min(sides.base.length, sides.head.length)
  const comparison = sumUpComparison({
    scenario,
    under_ms: sides.head[0]?.under_ms ?? under_ms,
    base: { name: base.name, kind: base.kind },
    head: { name: head.name, kind: head.kind },
    rounds: [{ sides, pairs, level: LEVEL, gates }],
    seed,
    now: now(),
    warnings: [...one.warnings, ...other.warnings],
    describe: measured => describeSides(measured, { base: base.name, head: head.name }, scenario),
  })
  return warnOfWaivers(comparison, scenario)
}

/** Those of the scenario, as it was when the last of them was measured. */
async function readSide(
  { name, target }: NamedSide,
  scenario: string,
): Promise<{ repetitions: Repetition[]; warnings: Warning[] }> {
  const { repetitions: all, warnings } = await readResults(target, name)
  const own = all.filter(repetition => repetition.scenario === scenario)
  const last = own.at(-1)
  if (last === undefined) {
    const others = [...new Set(all.map(repetition => repetition.scenario))]
    throw new WhyslowError(`${name} has no results of the scenario ${scenario}.`, {
      place: { file: name },
      next:
        others.length === 0
          ? ['whyslow bench run']
          : [`It has those of ${others.join(', ')}: name that scenario’s file.`],
    })
  }
  const repetitions = own.filter(repetition => repetition.fingerprint === last.fingerprint)
  const left = all.length - repetitions.length
  if (left === 0) return { repetitions, warnings }
  const message = `${left} of ${all.length} repetitions in ${name} are of another scenario, or of another service, load or target than its last one, and were left out.`
  return { repetitions, warnings: [...warnings, { code: 'repetitions-left-out', message }] }
}
