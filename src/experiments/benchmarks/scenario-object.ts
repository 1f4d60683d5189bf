/** A scenario that a program hands over, without a file. */
import path from 'node:path'
import type { z } from 'zod'
import { WhyslowError } from '../../errors.js'
import { type DescribedIssue, describeIssues } from '../../workbook/yaml-problems.js'
import { type Scenario, scenarioSchema } from './scenario.js'

/** What the YAML file of a scenario says, as an object. */
export type ScenarioObject = z.input<typeof scenarioSchema>

/** Throws a `WhyslowError` with every mistake and its key. Its results, if they are kept, go where those of a file in `folder`'s bench/ would. */
export function scenarioFromObject(
  given: ScenarioObject,
  { name, folder }: { name: string; folder: string },
): Scenario {
  const result = scenarioSchema.safeParse(given)
  if (!result.success) throw explainObject(describeIssues(result.error.issues, scenarioSchema, given), name)
  const { data } = result
  const file = path.join(folder, 'bench', `${name}.yaml`)
  return { ...data, name, file, shown: name, under: data.under ?? null, story: data.story ?? null }
}

function explainObject(problems: readonly DescribedIssue[], name: string): WhyslowError {
  const lines = problems.map(({ path: keys, message }) => `  ${keys.join('.') || 'all of it'}  ${message}`)
  const counted = lines.length === 1 ? 'a problem' : `${lines.length} problems`
  return new WhyslowError([`The scenario “${name}” has ${counted}:`, ...lines].join('\n'))
}
