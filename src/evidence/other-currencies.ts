/** Prices that can't be added up with the workbook's own: they count as unknown. */
import type { Source } from '../store/catalog.js'
import { formatCount } from '../units.js'
import type { Warning } from '../warnings.js'

const MOST_NAMED = 5

export function describeOtherCurrencies(
  { file, currencies = {} }: Pick<Source, 'file' | 'currencies'>,
  currency: string,
): Warning[] {
  const others = Object.entries(currencies).filter(([code]) => code !== currency)
  if (others.length === 0) return []
  const count = others.reduce((sum, [, prices]) => sum + prices, 0)
  const named = others.slice(0, MOST_NAMED).map(([code, prices]) => `${code} ${formatCount(prices)}`)
  const list = `${named.join(', ')}${others.length > MOST_NAMED ? ' and others' : ''}`
  return [
    {
      code: 'currency-differs',
      message: `${file}: ${formatCount(count)} ${count === 1 ? 'account pays' : 'accounts pay'} in another currency than the workbook’s ${currency} (${list}); what they pay counts as unknown.`,
      next: `Convert the prices to ${currency} in the file, or say whyslow.yaml another one: currency: ${others[0]![0]}`,
    },
  ]
}
