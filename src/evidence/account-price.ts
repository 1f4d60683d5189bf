/** SQL of what an account pays a month, as text that names its id; null where that isn't known. */
export function priceOf(account: string): string {
  return `(SELECT max(accounts.monthly_revenue) FROM accounts WHERE accounts.id = ${account})`
}
