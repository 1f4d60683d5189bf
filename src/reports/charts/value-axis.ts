/** Axes of values that lie from left to right: shares, changes, factors. */
import { formatCount, formatPoints, formatPromise } from '../../units.js'
import { FINE_TICKS } from '../log-axis.js'
import { formatRound } from '../times.js'
import { LETTER, roundStep, widthOf } from './axes.js'

export interface ValueAxis {
  type: 'linear' | 'log'
  domain: [low: number, high: number]
  ticks: { at: number; label: string }[]
}

/** From 0% to 100%. */
export function wholeShareAxis(): ValueAxis {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(at => ({ at, label: formatPromise(at) }))
  return { type: 'linear', domain: [0, 1], ticks }
}

export interface ChangeAxisOptions {
  format: (value: number) => string
  /** The smallest round step of at least this much. */
  roundStep: (least: number) => number
  /** In pixels. */
  room: number
  /** The least that the axis spans. */
  least: number
}

/** Round steps about 0, as many as have room. */
export function changeAxis(
  values: readonly number[],
  { format, roundStep, room, least }: ChangeAxisOptions,
): ValueAxis {
  const low = Math.min(0, ...values)
  const high = Math.max(0, ...values)
  const missing = Math.max(0, least - (high - low)) / 2
  const pad = (high - low) * 0.04
  const domain: [number, number] = [low - missing - pad, high + missing + pad]
  const span = domain[1] - domain[0]
  const list = (step: number) => {
    const first = Math.ceil(domain[0] / step)
    const count = Math.floor(domain[1] / step) - first + 1
    return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(10)) + 0)
  }
  for (let most = 7; ; most -= 1) {
    const step = roundStep(span / most)
    const ticks = list(step).map(at => ({ at, label: format(at) }))
    const fits = ticks.every(({ label }) => widthOf(label) + 2 * LETTER < (room * step) / span)
    if (most === 1 || fits) return { type: 'linear', domain, ticks }
  }
}

const HOUR = 3_600_000
const LONG_STEPS = [...FINE_TICKS.filter(ms => ms >= 10_000), 2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR]

/** In milliseconds, round in the unit that they are shown in. */
export function roundTime(least: number): number {
  if (least <= 5000) return roundStep(least)
  return LONG_STEPS.find(step => step >= least) ?? 24 * HOUR * roundStep(least / (24 * HOUR))
}

/** `+5 pp`, `−0.5 pp`, `0 pp`. */
export function formatPointTick(change: number): string {
  const exact = Number(Math.abs(change * 100).toPrecision(6))
  return change === 0 ? '0 pp' : `${formatPoints(change)[0]}${exact} pp`
}

/** `+200 ms`, `−1.5 s`, `0 ms`. */
export function formatShiftTick(ms: number): string {
  return `${ms > 0 ? '+' : ms < 0 ? '−' : ''}${formatRound(Math.abs(ms))}`
}

/** Factors on a log scale, 1 among them. */
export function ratioAxis(values: readonly number[], room: number): ValueAxis {
  const low = Math.min(1, ...values) / 1.15
  const high = Math.max(2, ...values) * 1.15
  const at = (factor: number) => (Math.log(factor / low) / Math.log(high / low)) * room
  const fits = (factors: number[]) =>
    factors.every((one, i) => i === 0 || at(one) - at(factors[i - 1]!) > widthOf(nameFactor(one)) + LETTER)
  const lists = [
    listFactors(low, high, 1, [1, 2, 5]),
    ...[1, 2, 3, 6, 12].map(tens => listFactors(low, high, tens, [1])),
  ]
  const chosen = lists.find(fits) ?? [1]
  return {
    type: 'log',
    domain: [low, high],
    ticks: chosen.map(factor => ({ at: factor, label: nameFactor(factor) })),
  }
}

/** Of every so many powers of ten, these multiples. */
function listFactors(low: number, high: number, tens: number, multiples: readonly number[]): number[] {
  const first = Math.floor(Math.log10(low) / tens)
  const last = Math.ceil(Math.log10(high) / tens)
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** ((first + i) * tens))
    .flatMap(power => multiples.map(multiple => multiple * power))
    .filter(factor => factor >= low && factor <= high)
}

function nameFactor(factor: number): string {
  return `${factor < 1 ? Number(factor.toPrecision(2)) : formatCount(factor)}×`
}
