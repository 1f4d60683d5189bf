/**
 * Random numbers by seed, so that whatever is resampled comes out the same again. sfc32 (Chris
 * Doty-Humphrey's Small Fast Counter, PractRand), seeded through splitmix32 so that neighbouring seeds are
 * unrelated. Not for secrets.
 */
export interface Random {
  /** Evenly spread over [0, 1), in steps of 2⁻³². */
  next(): number
  /** A whole number from 0 to below − 1. */
  nextInteger(below: number): number
  /** Standard normal. */
  nextNormal(): number
}

export function createRandom(seed: number): Random {
  const mix = splitmix32(seed)
  let a = mix()
  let b = mix()
  let c = mix()
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next()
  let spare: number | null = null
  return {
    next,
    nextInteger: below => Math.floor(next() * below),
    nextNormal() {
      // Box and Muller (1958): two at a time.
      if (spare !== null) {
        const kept = spare
        spare = null
        return kept
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()))
      const angle = 2 * Math.PI * next()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
  }
}

/** e⁻¹/k! added up: how likely at most k are. */
const AT_MOST = [1, 2, 2.5, 8 / 3, 65 / 24, 163 / 60, 1957 / 720, 685 / 252].map(sum => sum / Math.E)

/** How often one is drawn in a resample: Poisson with mean 1, by one even number. More than 8 comes once in a million draws. */
export function drawPoisson(random: Random): number {
  const even = random.next()
  let count = 0
  while (count < AT_MOST.length && even >= AT_MOST[count]!) count += 1
  return count
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) | 0
  }
}
