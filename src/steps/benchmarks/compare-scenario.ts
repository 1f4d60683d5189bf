/** `bench compare` for the library. */
import path from 'node:path'
import type { BenchmarkComparison } from '../../experiments/benchmarks/comparison.js'
import { compareVersions } from './compare-versions.js'
import type { Surroundings, VersionsOptions } from './library.js'
import { openScenario } from './open-scenario.js'
import { planRounds, readOptions, versionsSchema } from './read-options.js'

const SEED = 1

export async function compareScenario(
  given: VersionsOptions,
  { version, env, now, newId }: Surroundings,
): Promise<BenchmarkComparison> {
  const { base, head, ...options } = readOptions(versionsSchema, given, 'compare')
  const settled = await openScenario(options.scenario, options)
  return compareVersions(settled, {
    base,
    head,
    cwd: path.resolve(options.folder),
    env: options.env ?? env,
    plan: planRounds(options),
    seed: SEED,
    version,
    run: newId(),
    now,
    signal: options.signal ?? new AbortController().signal,
  })
}
