/** Times and periods as people read them, in UTC. */
import { formatDuration } from '../units.js'

/** `2026-10-05 14:03:21`, UTC; `–` for none. */
export function formatTime(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 19).replace('T', ' ') : '–'
}

/** `2026-10-05`, UTC. */
export function formatDay(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 10) : '–'
}

/** `2026-10-05 14:03:21 – 2026-10-06 09:00:00 UTC`; the second day is left out when it is the first. `since …` and `until …` where the other end is open. */
export function formatPeriod(window: { from: string | null; to: string | null }): string {
  if (!window.from && !window.to) return 'no time'
  if (!window.to) return `since ${formatTime(window.from)} UTC`
  if (!window.from) return `until ${formatTime(window.to)} UTC`
  const from = formatTime(window.from)
  const to = formatTime(window.to)
  return `${from} – ${formatDay(window.from) === formatDay(window.to) ? to.slice(11) : to} UTC`
}

/** Round durations, such as the ticks of an axis, without the decimals that a measured one would have: `1 s`, `2 min`. */
export function formatRound(ms: number): string {
  return formatDuration(ms).replace(/(\.\d*?)0+(?= )/, (_, kept: string) => (kept === '.' ? '' : kept))
}
