/** What a story is worth against another: its measures, confidence and effort put together. Pure. */
import { parseArithmetic } from '../../stats/arithmetic.js'
import { MEASURES, type MeasureName, type NextConfig } from '../../workbook/next-config.js'

export type ScoreInput = Record<MeasureName | 'effort' | 'confidence', number>

export interface Formula {
  /** As it is explained. */
  text: string
  /** Measures that it depends on. */
  uses: MeasureName[]
  evaluate(values: ScoreInput): number
}

const SHARES = 'each measure as its share of the sum over these stories'

/** `sums` of each measure over the stories: unlike units become shares of these. An own expression gets the figures as they are. */
export function makeFormula(
  config: Pick<NextConfig, 'formula' | 'weights'>,
  sums: Record<MeasureName, number>,
): Formula {
  const { formula, weights } = config
  const factors = Object.fromEntries(
    MEASURES.map(name => [name, sums[name] > 0 ? weights[name] / sums[name] : 0]),
  ) as Record<MeasureName, number>
  const uses = MEASURES.filter(name => weights[name] > 0)
  const value = (values: ScoreInput) =>
    factors.customers * values.customers +
    factors.money * values.money +
    factors.requests * values.requests +
    factors.tickets * values.tickets +
    factors.budget * values.budget
  const words = (names: readonly MeasureName[]) =>
    names.map(name => (weights[name] === 1 ? name : `${weights[name]} × ${name}`)).join(' + ')
  if (formula === 'weighted')
    return {
      text: `(${words(uses)}) × confidence / effort, ${SHARES}`,
      uses,
      evaluate: values => (value(values) * values.confidence) / values.effort,
    }
  if (formula === 'wsjf')
    return {
      text: `cost of delay / effort: (${words(uses)}) / effort, ${SHARES}`,
      uses,
      evaluate: values => value(values) / values.effort,
    }
  if (formula === 'rice') {
    const reach = (values: ScoreInput) => factors.customers * values.customers
    return {
      text: `reach × impact × confidence / effort: customers × (${words(uses.filter(name => name !== 'customers'))}) × confidence / effort, ${SHARES}`,
      uses,
      evaluate: values =>
        (reach(values) * (value(values) - reach(values)) * values.confidence) / values.effort,
    }
  }
  const { names, evaluate } = parseArithmetic(formula, [...MEASURES, 'effort', 'confidence'])
  return {
    text: `${formula}, of whyslow.yaml (effort in hours)`,
    uses: MEASURES.filter(name => names.includes(name)),
    evaluate,
  }
}
