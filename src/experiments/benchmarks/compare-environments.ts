/** What besides the code is another one on the two sides of a comparison, or before and after a change of level. Pure. */
import type { Warning } from '../../warnings.js'
import type { BenchmarkComparison } from './comparison.js'
import type { Sides } from './count-answers.js'
import type { FoundChange } from './history.js'
import type { Environment, Repetition } from './repetition.js'

type Difference = BenchmarkComparison['differs'][number]

/** By name; values that are alike on both sides are left out, and so is the load of the machine, which changes by itself. */
const NAMES: [what: string, read: (environment: Environment) => string | number | null][] = [
  ['requests drawn', environment => environment.mix],
  ['files that differ from the commit', environment => (environment.isDirty ? 'yes' : 'no')],
  ['Node', environment => environment.node],
  ['lock file', environment => environment.lockFile],
  ['system', environment => environment.system],
  ['CPU', environment => environment.cpu],
  ['cores', environment => environment.cores],
  ['memory (MB)', environment => environment.memory_mb],
  ['whyslow', environment => environment.whyslow],
]

export function findDifferences({ base, head }: Pick<Sides, 'base' | 'head'>): Difference[] {
  return compareEnvironments(base, head).map(({ what, before, after }) => ({
    what,
    base: before,
    head: after,
  }))
}

/** Whatever any repetition of a side had. */
export function compareEnvironments(
  before: readonly Repetition[],
  after: readonly Repetition[],
): FoundChange['differs'] {
  const packages = new Set(
    [...before, ...after].flatMap(({ environment }) => Object.keys(environment.dependencies)),
  )
  return [
    ...NAMES.flatMap(([what, read]) => difference(what, before, after, one => read(one.environment))),
    ...[...packages]
      .sort()
      .flatMap(name =>
        difference(`dependency ${name}`, before, after, one => one.environment.dependencies[name] ?? null),
      ),
  ]
}

function difference(
  what: string,
  before: readonly Repetition[],
  after: readonly Repetition[],
  read: (repetition: Repetition) => string | number | null,
): FoundChange['differs'] {
  const [one, other] = [listValues(before, read), listValues(after, read)]
  return one === other ? [] : [{ what, before: one, after: other }]
}

function listValues(
  repetitions: readonly Repetition[],
  read: (repetition: Repetition) => string | number | null,
): string {
  return [...new Set(repetitions.map(one => String(read(one) ?? 'none')))].sort().join(', ')
}

const MOST_NAMED = 3

export function warnDiffers(differs: readonly Difference[]): Warning[] {
  if (differs.length === 0) return []
  const named = differs.slice(0, MOST_NAMED).map(({ what, base, head }) => `${what} (${base}, head ${head})`)
  const more = differs.length > MOST_NAMED ? `, and ${differs.length - MOST_NAMED} more` : ''
  return [
    {
      code: 'differs',
      message: `The sides differ in more than their code: ${named.join(', ')}${more}.`,
      next: 'If that isn’t the change itself, make it the same on both sides.',
    },
  ]
}
