import { FLAME_FILLS } from '../flame-svg.js'

/** From little to much. Dark letters on each of them have a contrast of 5 and more; ▲ and ▼ say the same. */
const LESS = ['#dbe9f8', '#b3d1f0', '#85b4e4', '#5a95d3']
const MORE = ['#fde3cc', '#fbc596', '#f3a25f', '#e07f2f']
const SAME = '#d4d4d8'

/** The colours of calls: whose code it is; of a difference, blue where it takes less, orange where it takes more. */
export function flameStyles(): string {
  const fills = {
    ...FLAME_FILLS,
    ...Object.fromEntries(LESS.map((fill, i) => [`less-${i + 1}`, fill])),
    ...Object.fromEntries(MORE.map((fill, i) => [`more-${i + 1}`, fill])),
    same: SAME,
  }
  return Object.entries(fills)
    .map(([look, fill]) => `.flame .${look}{fill:${fill};background:${fill}}`)
    .join('')
}
