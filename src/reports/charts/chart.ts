/** What every chart is: a picture with its words. Terminal, SVG and HTML draw from the same results. */

export interface Chart {
  /** Kebab-case. */
  name: string
  /** One line above it. */
  title: string
  /** What it shows in words: the text alternative, with the figures that matter and their units. */
  description: string
  /** One `<svg>` element without scripts, style elements, style attributes or ids: its classes are those of `chart-styles.ts`. */
  svg: string
  /** The figures that are drawn. Absent where the description says all of them. */
  table?: ChartTable
}

/** Of text, in columns that each have a header. */
export interface ChartTable {
  columns: readonly { header: string; align?: 'left' | 'right' }[]
  rows: readonly (readonly string[])[]
}
