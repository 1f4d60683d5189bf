/** What is known of the account that made a request, as functions of its id: an expression over requests can ask for it, and only then it costs. */
import type { Engine } from './engine.js'
import type { COLUMNS } from './schema.js'

type AccountColumn = keyof (typeof COLUMNS)['accounts']

/** Function → column of `accounts`. Null for an account that isn't known. */
export const ACCOUNT_FUNCTIONS = {
  plan_of: 'plan',
  seats_of: 'seats',
  country_of: 'country',
} as const satisfies Record<string, AccountColumn>

/** Needs the view `accounts`, with one row an id. */
export async function createAccountFunctions(engine: Engine): Promise<void> {
  for (const [name, column] of Object.entries(ACCOUNT_FUNCTIONS))
    await engine.run(
      `CREATE MACRO ${name}(who) AS (SELECT max(accounts.${column}) FROM accounts WHERE accounts.id = who)`,
    )
}
