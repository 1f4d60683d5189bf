/** What a scenario leaves to the workbook: when a request is good, and the traffic that a mix is drawn from. */
import { WhyslowError } from '../../errors.js'
import { sampleMix } from '../../evidence/request-mix.js'
import type { Scenario } from '../../experiments/benchmarks/scenario.js'
import type { MixedRequest } from '../../load/spread-mix.js'
import type { Store } from '../../store/open-store.js'
import type { Warning } from '../../warnings.js'
import type { Workbook } from '../../workbook/workbook.js'
import { readSlice } from '../read-slice.js'

export interface SettledScenario {
  scenario: Scenario
  under_ms: number
  /** Null where the scenario says itself what is asked for. */
  mix: MixedRequest[] | null
  warnings: Warning[]
}

/** GET alone: others may change what the next repetition finds. Seeded, so that the same traffic gives the same mix. */
const MIX = { methods: ['GET'], limit: 1000, seed: 1 }

/** `withStore` opens what was imported; it is asked for only where there is a mix to draw. Throws a located `WhyslowError`. */
export async function settleScenario(
  scenario: Scenario,
  workbook: Workbook | null,
  withStore: <T>(workbook: Workbook, ask: (store: Store) => Promise<T>) => Promise<T>,
): Promise<SettledScenario> {
  const under_ms = resolveUnder(scenario, workbook)
  const { mix } = scenario.load
  if (mix === null) return { scenario, under_ms, mix: null, warnings: [] }
  if (workbook === null) {
    throw new WhyslowError(`${scenario.shown} draws its requests from a workbook, and there is none here.`, {
      place: { file: scenario.shown },
      next: [
        'whyslow init, and import a log',
        'or list them in the scenario: load: {requests: [{path: /orders/1}]}',
      ],
    })
  }
  const drawn = await withStore(workbook, store => {
    const last = mix.last === null ? {} : { last: `${mix.last}ms` }
    return sampleMix(
      store,
      readSlice(workbook.config, store, { where: mix.where ?? undefined, ...last }),
      MIX,
    )
  })
  if (drawn.mix.length === 0) {
    throw new WhyslowError('The mix is empty: the workbook has no GET request that it could be drawn from.', {
      place: { file: scenario.shown },
      next: [
        `whyslow requests --where "method = 'GET'"`,
        'or list the requests in the scenario: load: {requests: [{path: /orders/1}]}',
      ],
    })
  }
  return { scenario, under_ms, mix: drawn.mix, warnings: drawn.warnings }
}

/** The scenario's, else the workbook's; null where neither says it. A target that nobody has set is none: a gate would stand on it. */
export function findUnder({ under }: Scenario, workbook: Workbook | null): number | null {
  return under ?? (workbook?.config.targets.isSet ? workbook.config.targets.default : null)
}

function resolveUnder(scenario: Scenario, workbook: Workbook | null): number {
  const { shown } = scenario
  const under = findUnder(scenario, workbook)
  if (under !== null) return under
  const missing =
    workbook === null
      ? 'there is no workbook here'
      : `${workbook.show(workbook.paths.config)} has no default target`
  throw new WhyslowError(`${shown} doesn't say how fast is fast enough, and ${missing}.`, {
    place: { file: shown },
    next: ['Add to the scenario, for example: under: 250ms'],
  })
}
