/** What every chart is: a picture with its words. Terminal, SVG and HTML draw from the same results. */

export interface Chart {
  /** Kebab-case; ids inside of the picture begin with it, so that several can stand on one page. */
  name: string
  /** One line above it. */
  title: string
  /** What it shows in words: the text alternative, with the figures that matter and their units. */
  description: string
  /** One `<svg>` element without scripts, style elements or style attributes: its classes are those of `chart-styles.ts`. */
  svg: string
}
