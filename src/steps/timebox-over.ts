import type { Warning } from '../warnings.js'

/** A capture that was cut short by its timebox. */
export function describeTimeboxOver(duration_ms: number, asked_s: number): Warning {
  return {
    code: 'timebox-over',
    message: `The capture took ${(duration_ms / 1000).toFixed(1)} s instead of ${asked_s} s: its timebox ended then.`,
  }
}
