/** The scenario that a caller of the library names or hands over. */
import path from 'node:path'
import type { Scenario } from '../../experiments/benchmarks/scenario.js'
import { type ScenarioObject, scenarioFromObject } from '../../experiments/benchmarks/scenario-object.js'
import { openStore } from '../../store/open-store.js'
import { findWorkbookDir, openWorkbook } from '../../workbook/workbook.js'
import { findScenario } from './find-scenario.js'
import { type SettledScenario, settleScenario } from './settle-scenario.js'

/** With what it leaves to the workbook around the folder, if there is one. */
export async function openScenario(
  given: string | ScenarioObject | undefined,
  { folder, name }: { folder: string; name: string },
): Promise<SettledScenario> {
  const cwd = path.resolve(folder)
  const scenario: Scenario =
    typeof given === 'object'
      ? scenarioFromObject(given, { name, folder: cwd })
      : await findScenario({ cwd, file: given })
  const workbook = (await findWorkbookDir(cwd)) === undefined ? null : await openWorkbook({ cwd })
  return settleScenario(scenario, workbook, async ({ paths, config }, ask) => {
    const store = await openStore(paths.data, {
      beaconWindow_ms: config.beaconWindow,
      currency: config.currency,
    })
    try {
      return await ask(store)
    } finally {
      store.close()
    }
  })
}
