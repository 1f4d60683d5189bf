/**
 * What the classes of charts look like. One meaning a colour, and each is also told apart by its place, its shape or words: good is blue and late
 * is orange; before is grey-violet and after is teal; better is blue, worse is orange, and what can't be told is grey.
 */

/** On white, and on nearly black. Colours of marks have a contrast of 3 and more with it, those of text 4.5 and more. */
const COLOURS = {
  page: ['#ffffff', '#16161a'],
  ink: ['#1b1b1f', '#ececf1'],
  quiet: ['#55555e', '#a9a9b4'],
  rule: ['#d5d5dc', '#3a3a43'],
  good: ['#2b6cb0', '#6cb0f2'],
  late: ['#bd5208', '#f29a52'],
  before: ['#7a749a', '#aaa4cc'],
  after: ['#0b7a75', '#3fc5b8'],
  unknown: ['#6f6f7a', '#9c9ca8'],
} as const

type Colour = keyof typeof COLOURS

type Rule = readonly [selector: string, property: 'fill' | 'stroke', colour: Colour]

const MARKS = ['good', 'late', 'before', 'after', 'unknown'] as const

const COLOURED: readonly Rule[] = [
  ['.chart text', 'fill', 'ink'],
  ['.chart .quiet text,.chart .words', 'fill', 'quiet'],
  ['.chart .over-late text', 'fill', 'page'],
  ['.chart .over-lines text', 'stroke', 'page'],
  ['.chart .page', 'fill', 'page'],
  ['.chart .range', 'fill', 'rule'],
  ['.chart .axis', 'stroke', 'quiet'],
  ['.chart .grid', 'stroke', 'rule'],
  ['.chart .mark', 'stroke', 'ink'],
  ...MARKS.flatMap((name): Rule[] => [
    [`.chart .${name}`, 'fill', name],
    [`.chart .line.${name}`, 'stroke', name],
  ]),
]

/** Without colours; behind them, since a line has no filling. */
const SHAPES = [
  '.chart text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}',
  '.chart .heading{font-size:16px;font-weight:600}.chart .subheading{font-size:13px;font-weight:600}',
  '.chart .small text{font-size:11px}',
  '.chart .line,.chart .axis,.chart .grid,.chart .mark{fill:none}',
  '.chart .line,.chart .level{stroke-width:2}.chart .thin{stroke-width:1;stroke-opacity:.6}',
  '.chart .over-lines text{paint-order:stroke;stroke-width:5;stroke-linejoin:round}',
  '.chart .soft{fill-opacity:.45}',
  ...[0.18, 0.3, 0.44, 0.58].map((opacity, i) => `.chart .heat-${i + 1}{fill-opacity:${opacity}}`),
].join('')

/** For a page: colours as custom properties of the root, dark where the reader's screen is, light on paper. */
export function chartStyles(): string {
  const declare = (side: 0 | 1) =>
    Object.entries(COLOURS)
      .map(([name, pair]) => `--${name}:${pair[side]}`)
      .join(';')
  const rules = COLOURED.map(([selector, property, colour]) => `${selector}{${property}:var(--${colour})}`)
  return [
    `:root{color-scheme:light dark;${declare(0)}}`,
    `@media screen and (prefers-color-scheme:dark){:root{${declare(1)}}}`,
    ...rules,
    SHAPES,
    '.chart{display:block;max-width:100%;height:auto}',
  ].join('')
}

/** For a picture by itself, where renderers know no custom properties, and some no media queries. */
export function standaloneStyles(): string {
  const rules = (side: 0 | 1) =>
    COLOURED.map(([selector, property, colour]) => `${selector}{${property}:${COLOURS[colour][side]}}`).join(
      '',
    )
  return `${rules(0)}@media screen and (prefers-color-scheme:dark){${rules(1)}}${SHAPES}`
}
