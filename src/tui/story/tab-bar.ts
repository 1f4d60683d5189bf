/** The names of the pages in one line. */
import { paint, type Style } from '../../reports/style.js'
import type { Tab } from './tab.js'

/** In brackets, the page that is seen. Where not all names have room, only its own is there, between the numbers of the others. */
export function renderTabBar(tabs: readonly Pick<Tab, 'name'>[], page: number, style: Style): string {
  const isNamed = widthOfBar(tabs) <= style.width
  return tabs
    .map(({ name }, i) => {
      const text = isNamed || i === page ? `${i + 1} ${name}` : String(i + 1)
      const edge = i === page ? '[' : i === page + 1 ? ']' : ' '
      return edge + paint(style, i === page ? 'bold' : 'dim', text)
    })
    .join('')
    .concat(page === tabs.length - 1 ? ']' : '')
}

function widthOfBar(tabs: readonly Pick<Tab, 'name'>[]): number {
  return tabs.reduce((sum, { name }, i) => sum + ` ${i + 1} ${name}`.length, 1)
}
