/** Where the gates and waivers stand in a scenario's file, for annotations. */

import { readYaml } from '../../workbook/yaml-file.js'
import { locatePath } from '../../workbook/yaml-nodes.js'
import { metricSchema } from './metrics.js'

/** Lines from 1, by metric. Of a file that can't be read there are none; nor of gates that are there by default. */
export function locateGates(text: string): { gates: Map<string, number>; waivers: Map<string, number> } {
  try {
    const { value, doc } = readYaml(text, { file: '' })
    const find = (key: 'gates' | 'waivers') => {
      const entries: unknown = (value as Record<string, unknown> | null)?.[key]
      const lines = new Map<string, number>()
      for (const [i, entry] of (Array.isArray(entries) ? entries : []).entries()) {
        const { data: metric } = metricSchema.safeParse(typeof entry === 'string' ? entry : entry?.metric)
        if (metric !== undefined && !lines.has(metric))
          lines.set(metric, text.slice(0, locatePath(doc, [key, i])).split('\n').length)
      }
      return lines
    }
    return { gates: find('gates'), waivers: find('waivers') }
  } catch {
    return { gates: new Map(), waivers: new Map() }
  }
}
