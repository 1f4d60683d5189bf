const LONGEST = 60

/** Names that Windows keeps for devices. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)$/

/**
 * A name for a story's folder, from a route or a title: `GET /orders/:id` → `get-orders-id`.
 * Small letters, digits and dashes: safe on every system, in URLs and in shells. A number makes it unique among `taken`.
 */
export function makeStoryId(text: string, taken: Iterable<string> = []): string {
  const used = new Set([...taken].map(id => id.toLowerCase()))
  const base = slugOf(text)
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`
    if (!used.has(id)) return id
  }
}

function slugOf(text: string): string {
  const plain = text
    .replace(/^([A-Z]+) \/$/, '$1 root')
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  const short = plain.replace(/^-+/, '').slice(0, LONGEST)
  const whole = plain.replace(/^-+/, '').length > LONGEST ? short.replace(/-[^-]*$/, '') : short
  const slug = whole.replace(/-+$/, '')
  if (slug === '') return 'story'
  return RESERVED.test(slug) ? `${slug}-story` : slug
}
