/** `samplers` of `whyslow.yaml`: profilers of a team's own, as commands that sample a process by its pid. */
import { z } from 'zod'
import { text } from './config-values.js'

/** What a sampler's file may be; read by its content. */
const OUTPUTS = ['collapsed', 'pprof', 'speedscope', 'perf', 'cpuprofile', 'heapprofile'] as const

const PLACEHOLDERS = ['pid', 'seconds', 'out'] as const
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

const command = text
  .superRefine((source, context) => {
    const problem = explainCommand(source)
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })
  .describe('Words as for a shell, but none is run; {pid}, {seconds} and {out} are filled in')

export const samplersSchema = z.record(
  z.string().regex(NAME, 'expected a name of letters, digits, dots, dashes and underscores'),
  z.strictObject({
    command,
    output: z.enum(OUTPUTS).describe('The format of the file {out}'),
  }),
)

export interface Sampler {
  name: string
  /** The command's, with placeholders. The first is the program. */
  words: string[]
  output: string
}

export function readSamplers(raw: z.output<typeof samplersSchema> | null | undefined): Sampler[] {
  return Object.entries(raw ?? {}).map(([name, sampler]) => ({
    name,
    words: splitWords(sampler.command) ?? [],
    output: sampler.output,
  }))
}

function explainCommand(source: string): string | undefined {
  const words = splitWords(source)
  if (words === null) return 'expected a command whose quotes are closed'
  if (words.length === 0) return 'expected a command'
  const found = [...source.matchAll(/\{([^{}]*)\}/g)].map(match => match[1]!)
  const unknown = found.find(name => !(PLACEHOLDERS as readonly string[]).includes(name))
  if (unknown !== undefined) return `expected {pid}, {seconds} or {out}, found {${unknown}}`
  if (/\{/.test(words[0]!)) return 'expected a command that begins with its program'
  const missing = ['pid', 'out'].find(name => !found.includes(name))
  return missing && `expected a command with {${missing}} in it`
}

/**
 * Words as a POSIX shell splits them: blanks, 'single' and "double" quotes, backslashes. Variables, globs, pipes and
 * the like stay as they are, since no shell runs. Null when a quote isn't closed.
 */
export function splitWords(source: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote: string | null = null
  for (let at = 0; at < source.length; at += 1) {
    const character = source[at]!
    if (character === '\\' && quote !== "'") {
      const next = source[at + 1]
      if (next === undefined) return null
      const isKept = quote === '"' && !/["\\$`]/.test(next)
      word = (word ?? '') + (isKept ? character : '') + next
      at += 1
    } else if (quote !== null) {
      if (character === quote) quote = null
      else word = (word ?? '') + character
    } else if (character === "'" || character === '"') {
      quote = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + character
    }
  }
  if (quote !== null) return null
  if (word !== null) words.push(word)
  return words
}
