/** How many colours a flame graph has: dependencies share one, since nobody tells thirty apart. */

export type GroupColour = 'own' | 'dependency' | 'node' | 'gc' | 'native' | 'whyslow'

/** In the order of a legend. */
export const GROUP_NAMES: Record<GroupColour, string> = {
  own: 'own code',
  dependency: 'dependencies',
  node: 'Node',
  gc: 'garbage collection',
  native: 'native',
  whyslow: 'whyslow',
}

const COLOURS: Record<string, GroupColour> = {
  'own code': 'own',
  node: 'node',
  'v8/gc': 'gc',
  native: 'native',
  whyslow: 'whyslow',
}

/** Of a group's name as `groupOfFrame` gives it: what is none of the known ones is a dependency. */
export function colourOfGroup(group: string): GroupColour {
  return COLOURS[group] ?? 'dependency'
}

export function coloursIn(groups: Iterable<string>): GroupColour[] {
  const present = new Set([...groups].map(colourOfGroup))
  return (Object.keys(GROUP_NAMES) as GroupColour[]).filter(colour => present.has(colour))
}
