/** The columns by which the mix of requests is told: which sides differ in, and which can be held equal. */
import { WhyslowError } from '../errors.js'
import { hourOfDay } from '../store/dialect.js'
import { sqlName } from '../store/engine.js'
import type { Store } from '../store/open-store.js'
import { saysHowItEnded } from './cause-columns.js'

const PLAIN = ['route', 'host', 'method', 'upstream', 'user_agent']

/** SQL of their values as text, by name. `hour` is in the time zone that is given. */
export function listMixColumns(timezone: string): Record<string, string> {
  const hour = `lpad(${hourOfDay('"time"', timezone)}::VARCHAR, 2, '0')`
  return { ...Object.fromEntries(PLAIN.map(name => [name, name])), hour }
}

/** The same of these names, attributes with or without `attrs.` among them. Throws on one that can't be held equal. */
export async function findMixColumns(
  store: Store,
  names: readonly string[],
  timezone: string,
): Promise<Record<string, string>> {
  const columns = listMixColumns(timezone)
  const described = await store.all<{ column_name: string }>('DESCRIBE SELECT attrs.* FROM requests')
  const attributes = described.map(({ column_name }) => column_name).filter(name => !saysHowItEnded(name))
  const sqlOf = (name: string) => {
    if (Object.hasOwn(columns, name)) return columns[name]!
    const attribute = name.replace(/^attrs\./, '')
    if (attributes.includes(attribute)) return `attrs.${sqlName(attribute)}::VARCHAR`
    throw new WhyslowError(
      `The mix of “${name}” can't be held equal: it is no column or attribute that may.`,
      {
        next: [
          `There are: ${[...Object.keys(columns), ...attributes.map(one => `attrs.${one}`)].join(', ')}`,
        ],
      },
    )
  }
  return Object.fromEntries(names.map(name => [name, sqlOf(name)]))
}
