/** Which charts show a result, in the order in which they are read. Loads Plot. */
import type { Explanation } from '../../evidence/explain.js'
import type { Look } from '../../evidence/look.js'
import type { Overview } from '../../evidence/overview.js'
import type { BenchmarkHistory } from '../../experiments/benchmarks/history.js'
import type { ArmsComparison } from '../../experiments/compare-arms.js'
import { drawBands } from './bands.js'
import { drawCauses } from './causes.js'
import type { Chart } from './chart.js'
import { drawDays } from './days.js'
import { drawDistribution } from './distribution.js'
import { drawHistory } from './history.js'
import { drawOverlay } from './overlay.js'
import { drawRoutes } from './routes.js'
import { drawShift } from './shift.js'
import { drawWeek } from './week.js'

export function chartLook(look: Look, timezone: string): Chart[] {
  return keep([drawDistribution(look), drawBands(look), drawWeek(look, timezone), drawDays(look)])
}

export function chartComparison(comparison: ArmsComparison): Chart[] {
  return keep([drawOverlay(comparison), drawShift(comparison)])
}

export function chartExplanation(explanation: Explanation): Chart[] {
  return keep([drawCauses(explanation)])
}

export function chartOverview(overview: Overview): Chart[] {
  return keep([drawRoutes(overview)])
}

/** One for each metric of a gate. */
export function chartHistory(history: BenchmarkHistory): Chart[] {
  return keep(history.metrics.map(metric => drawHistory(metric, history)))
}

function keep(charts: (Chart | null)[]): Chart[] {
  return charts.filter(chart => chart !== null)
}
