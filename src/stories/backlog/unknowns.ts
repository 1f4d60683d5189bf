/** What nobody knows of a story, and what is drawn in its place. Pure. */
import { NORMAL_95 } from '../../stats/special-functions.js'
import { MEASURES, type MeasureName } from '../../workbook/next-config.js'
import type { FormulaName } from './formula.js'
import type { Candidate } from './score-model.js'

export type Unknown = FormulaName | 'gain'

const NAMES: Record<Unknown, string> = {
  customers: 'how many customers it hits',
  money: 'what its customers pay',
  requests: 'how many requests are not good',
  tickets: 'how many tickets it causes',
  budget: 'what budget it spends',
  effort: 'its effort',
  confidence: 'its cause',
  gain: 'what a fix would take away',
}

/** After “nobody knows”. */
export function nameUnknown(unknown: Unknown): string {
  return NAMES[unknown]
}

/** Nothing is known of a measure: off by up to this factor, 95%. */
const VERY_WIDE = 10
/** How much stories differ at least, where few show it. */
const LEAST_SPREAD = Math.log(2)

export type Filled = Record<MeasureName, { value: number; sd: number }>

export interface FilledMeasures {
  measures: Filled[]
  /** Measures that are known of no story, where there are some: an import would tell. */
  unheard: MeasureName[]
  /** Measures of which no story has more than 0, as far as it is known: there is nothing to draw unknown ones from. */
  scaleless: MeasureName[]
}

/** What isn't known of a story is drawn from what is known of the others; with fewer than two, very widely. */
export function fillUnknown(candidates: readonly Candidate[]): FilledMeasures {
  const known = (name: MeasureName) => candidates.flatMap(one => figureOf(one, name) ?? [])
  const spreads = Object.fromEntries(
    MEASURES.map(name => {
      const logs = known(name).flatMap(value => (value > 0 ? [Math.log(value)] : []))
      const mean = logs.length === 0 ? 0 : logs.reduce((sum, log) => sum + log, 0) / logs.length
      const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
      const sd =
        logs.length < 2 ? Math.log(VERY_WIDE) / NORMAL_95 : Math.max(LEAST_SPREAD, Math.sqrt(variance))
      return [name, { value: Math.exp(mean), sd }]
    }),
  ) as Filled
  const measures = candidates.map(
    one =>
      Object.fromEntries(
        MEASURES.map(name => {
          const value = figureOf(one, name)
          return [name, value === null ? spreads[name] : { value, sd: one.measures[name].sd }]
        }),
      ) as Filled,
  )
  return {
    measures,
    unheard: MEASURES.filter(name => candidates.length > 0 && known(name).length === 0),
    scaleless: MEASURES.filter(name => !known(name).some(value => value > 0)),
  }
}

/** No ticket so far is not none ever: factors need something to begin with. */
function figureOf({ measures }: Candidate, name: MeasureName): number | null {
  const { value, from } = measures[name]
  return value !== null && from === 'tickets' ? Math.max(0.25, value) : value
}
