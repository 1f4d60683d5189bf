/** `next:` of `whyslow.yaml`: what a story is worth against another, and what sizes of effort mean. */
import { z } from 'zod'
import { WhyslowError } from '../errors.js'
import { ArithmeticError, parseArithmetic } from '../stats/arithmetic.js'
import { parseWork } from '../units.js'
import { text } from './config-values.js'

/** What a story does to customers, in the words of a formula. */
export const MEASURES = ['customers', 'money', 'requests', 'tickets', 'budget'] as const
export type MeasureName = (typeof MEASURES)[number]

/** What an own expression may name. */
const NAMES = [...MEASURES, 'effort', 'confidence']

export interface NextConfig {
  /** `weighted`, `rice`, `wsjf`, or an expression over the measures, `effort` and `confidence`. */
  formula: string
  weights: Record<MeasureName, number>
  /** Size → hours of work. */
  sizes: Record<string, number>
}

const DEFAULT_SIZES = { S: 4, M: 16, L: 40, XL: 160 }

const PRESETS = ['weighted', 'rice', 'wsjf'] as const

const work = z
  .string({ error: 'expected an amount of work such as 3h, 2d or 1w' })
  .transform((given, context) => {
    try {
      return parseWork(given)
    } catch (error) {
      if (!(error instanceof WhyslowError)) throw error
    }
    context.issues.push({
      code: 'custom',
      message: 'expected an amount of work such as 3h, 2d or 1w',
      input: given,
    })
    return z.NEVER
  })
  .describe('An amount of work: 3h, 2d (of 8 hours), 1w (of 5 days)')

const formula = text.superRefine((given, context) => {
  const problem = explainFormula(given)
  if (problem !== null) context.addIssue({ code: 'custom', message: problem })
})

function explainFormula(given: string): string | null {
  if ((PRESETS as readonly string[]).includes(given)) return null
  try {
    return parseArithmetic(given, NAMES).names.some(name => (MEASURES as readonly string[]).includes(name))
      ? null
      : `expected a formula with at least one of ${MEASURES.join(', ')}`
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error
    const presets = /^\s*\w+\s*$/.test(given) ? `${PRESETS.join(', ')} or a formula: ` : ''
    return `${presets}${error.message}, at character ${error.character}`
  }
}

const weight = z.number().min(0)

export const nextSchema = z
  .strictObject({
    formula: formula
      .optional()
      .describe(
        'weighted, rice, wsjf, or an expression: (customers + 10 * tickets) * confidence / effort (weighted)',
      ),
    weights: z
      .strictObject(
        Object.fromEntries(MEASURES.map(name => [name, weight.optional()])) as Record<
          MeasureName,
          z.ZodOptional<typeof weight>
        >,
      )
      .nullish()
      .describe('How much each measure counts in weighted, rice and wsjf, against the others (1)'),
    sizes: z
      .record(z.string().regex(/^[A-Za-z]+$/, 'expected the name of a size, such as M'), work)
      .nullish()
      .describe('What sizes of effort mean: {S: 4h, M: 2d, L: 1w, XL: 4w}'),
  })
  .superRefine((given, context) => {
    const message = explainWeights(readNext(given))
    if (message !== null) context.addIssue({ code: 'custom', path: ['weights'], message })
  })

/** Weights that make every score 0. */
function explainWeights({ formula: name, weights }: NextConfig): string | null {
  if (!(PRESETS as readonly string[]).includes(name)) return null
  const used = MEASURES.filter(one => weights[one] > 0)
  if (used.length === 0) return `expected a weight over 0 for one of ${MEASURES.join(', ')}`
  return name === 'rice' && (!used.includes('customers') || used.length < 2)
    ? 'expected a weight over 0 for customers and for another measure, since rice multiplies them'
    : null
}

interface RawNext {
  formula?: string | undefined
  weights?: Partial<Record<MeasureName, number | undefined>> | null | undefined
  sizes?: Record<string, number> | null | undefined
}

/** What is read may be left out. */
export function readNext(raw: RawNext | null | undefined): NextConfig {
  const weights = Object.fromEntries(
    MEASURES.map(name => [name, raw?.weights?.[name] ?? 1]),
  ) as NextConfig['weights']
  return { formula: raw?.formula ?? 'weighted', weights, sizes: { ...DEFAULT_SIZES, ...raw?.sizes } }
}
