/** Which scenario is meant: a file, or the only one in `bench/`. */
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { systemErrorCode, WhyslowError } from '../../errors.js'
import { readScenario, type Scenario } from '../../experiments/benchmarks/scenario.js'
import { showPath } from '../../workbook/workbook.js'

export const BENCH_FOLDER = 'bench'

/** `file`: as it was typed. Throws a `WhyslowError` where there is none, or several, or with every mistake in it. */
export async function findScenario({
  cwd,
  file,
}: {
  cwd: string
  file: string | undefined
}): Promise<Scenario> {
  const found = path.resolve(cwd, file ?? (await findOnlyOne(cwd)))
  return readScenario(found, showPath(found, cwd))
}

async function findOnlyOne(cwd: string): Promise<string> {
  const files = await listScenarios(cwd)
  if (files.length === 1) return files[0]!
  if (files.length === 0) {
    throw new WhyslowError(
      `There is no scenario here: expected one in ${BENCH_FOLDER}/, such as ${BENCH_FOLDER}/orders.yaml.`,
      { next: ['whyslow bench init', 'or name the scenario’s file, wherever it is'] },
    )
  }
  throw new WhyslowError(
    [`There are ${files.length} scenarios in ${BENCH_FOLDER}/: name one of them.`, ...files].join('\n  '),
    { next: [`For the first, add to the command: ${files[0]}`] },
  )
}

/** Relative to `cwd`, in order of their names. */
async function listScenarios(cwd: string): Promise<string[]> {
  try {
    const entries = await readdir(path.join(cwd, BENCH_FOLDER), { withFileTypes: true })
    return entries
      .filter(entry => !entry.isDirectory() && /\.ya?ml$/.test(entry.name))
      .map(entry => `${BENCH_FOLDER}/${entry.name}`)
      .sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return []
    throw error
  }
}
