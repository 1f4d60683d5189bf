/** What a story is worth against another: its measures, confidence and effort put together. Pure. */
import { parseArithmetic } from '../../stats/arithmetic.js'
import { MEASURES, type MeasureName, type NextConfig } from '../../workbook/next-config.js'

export type FormulaName = MeasureName | 'effort' | 'confidence'
export type ScoreInput = Record<FormulaName, number>

export interface Formula {
  /** As it is explained. */
  text: string
  /** What it depends on. */
  uses: readonly FormulaName[]
  /** Measures of which it counts the part that a fix takes away. */
  gained: readonly MeasureName[]
  /** Measures are shares of their sums, so one that is known of no story has no scale that it needs. */
  isOfShares: boolean
  evaluate(values: ScoreInput): number
}

const SHARES =
  'each measure as its share of the sum over these stories; kept is 1 where no promise was measured'

/** `sums` of each measure over the stories: unlike units become shares of these. An own expression gets the figures as they are. */
export function makeFormula(
  config: Pick<NextConfig, 'formula' | 'weights'>,
  sums: Record<MeasureName, number>,
): Formula {
  const { formula, weights } = config
  const factors = Object.fromEntries(
    MEASURES.map(name => [name, sums[name] > 0 ? weights[name] / sums[name] : 0]),
  ) as Record<MeasureName, number>
  const used = MEASURES.filter(name => weights[name] > 0)
  const value = (values: ScoreInput) =>
    factors.customers * values.customers +
    factors.money * values.money +
    factors.requests * values.requests +
    factors.tickets * values.tickets +
    factors.budget * values.budget
  const words = (names: readonly MeasureName[]) =>
    `(${names.map(name => (weights[name] === 1 ? name : `${weights[name]} × ${name}`)).join(' + ')}) × gain × kept`
  const preset = { gained: MEASURES, isOfShares: true }
  if (formula === 'weighted')
    return {
      ...preset,
      text: `${words(used)} × confidence / effort, ${SHARES}`,
      uses: [...used, 'effort', 'confidence'],
      evaluate: values => (value(values) * values.confidence) / values.effort,
    }
  if (formula === 'wsjf')
    return {
      ...preset,
      text: `cost of delay / effort: ${words(used)} / effort, ${SHARES}`,
      uses: [...used, 'effort'],
      evaluate: values => value(values) / values.effort,
    }
  if (formula === 'rice') {
    const reach = (values: ScoreInput) => factors.customers * values.customers
    const impact: MeasureName[] = MEASURES.filter(name => name !== 'customers')
    return {
      ...preset,
      text: `reach × impact × confidence / effort: customers × ${words(used.filter(name => impact.includes(name)))} × confidence / effort, ${SHARES}`,
      uses: [...used, 'effort', 'confidence'],
      // A fix makes less of the impact, for all whom it reaches.
      gained: impact,
      evaluate: values =>
        (reach(values) * (value(values) - reach(values)) * values.confidence) / values.effort,
    }
  }
  const { names, evaluate } = parseArithmetic(formula, [...MEASURES, 'effort', 'confidence'])
  return {
    text: `${formula}, of whyslow.yaml (each measure × gain × kept, effort in hours)`,
    uses: names as FormulaName[],
    gained: MEASURES,
    isOfShares: false,
    evaluate,
  }
}
