/** What stands behind the keys of a scenario: rates, URLs, commands, headers. */
import { z } from 'zod'
import { MOST_RATE } from '../../load/metronome.js'
import { METHODS } from '../../load/run-load.js'
import { formatCount } from '../../units.js'
import { text } from '../../workbook/config-values.js'

const EXAMPLE_RATE = 'expected a rate such as 40/s or 600/min'

export const rate = z.string({ error: EXAMPLE_RATE }).transform((given, context) => {
  const match = /^(\d+(?:\.\d+)?)\s*\/\s*(s|min)$/.exec(given.trim())
  const perSecond = Number(match?.[1]) / (match?.[2] === 'min' ? 60 : 1)
  if (perSecond > 0 && perSecond <= MOST_RATE) return perSecond
  const message = perSecond > 0 ? `expected a rate of at most ${formatCount(MOST_RATE)}/s` : EXAMPLE_RATE
  context.issues.push({ code: 'custom', message, input: given })
  return z.NEVER
})

const EXAMPLE_URL = 'expected a URL such as http://127.0.0.1:3000/orders'
export const url = z
  .string({ error: EXAMPLE_URL })
  .refine(given => /^https?:$/.test(protocolOf(given)), EXAMPLE_URL)

function protocolOf(given: string): string {
  return URL.canParse(given) ? new URL(given).protocol : ''
}

export const command = z.union([text.transform(given => ['/bin/sh', '-c', given]), z.array(text).min(1)], {
  error: 'expected a command such as node server.js',
})

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
export const texts = z.record(z.string(), scalar)
/** As RFC 9110 has them: a token, and one line of Latin-1. */
export const headers = z.record(
  z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'expected a header’s name such as Content-Type'),
  scalar.refine(
    value => /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
    'expected one line of Latin-1 text, found other characters',
  ),
)
export const count = (most: number) => z.int().min(1).max(most)

export const method = z.enum(METHODS).default('GET')
