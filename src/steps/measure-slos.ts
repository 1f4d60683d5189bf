/** What was promised, against the data: the budget that is spent, how fast it burns, and which stories ate it. */
import { chooseUnit, type Unit } from '../evidence/count-clusters.js'
import { measureCoverage } from '../evidence/coverage.js'
import { describeSampling, NO_DURATIONS, nameCohort } from '../evidence/slice-warnings.js'
import { countSlos, type SloCluster, type SloScope } from '../evidence/slo.js'
import { alertsFor, BURN_ALERTS, type Burn, judgeBurns } from '../stats/burn-rate.js'
import { type Budget, judgeTargets, measureBudget } from '../stats/error-budget.js'
import type { Interval } from '../stats/intervals.js'
import type { Source } from '../store/catalog.js'
import { hasRows, rowsOf } from '../store/kinds.js'
import type { Store } from '../store/open-store.js'
import type { Slice } from '../store/slice.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'
import { chooseSlos, type Slo, type SloChoice } from './choose-slos.js'
import { countFor, explainFrozen, type Judged, judgeSlo, type SloState } from './judge-slo.js'
import { type Eaters, listEaters, splitByStories } from './share-budgets.js'

export interface MeasuredSlo extends Omit<Slo, 'window_ms'>, Judged, Eaters {
  window: { from: string; to: string }
  /** The part of the window that there is data of, 0 to 1. */
  covered: number
  /** Those that count. */
  requests: number
  /** Null where it can't be measured. */
  share: number | null
  interval: Interval | null
  budget: Budget | null
  burn: Burn[]
}

export interface MeasuredSlos {
  unit: Unit
  slos: MeasuredSlo[]
  warnings: Warning[]
}

export interface SlosQuestion extends SloChoice {
  /** ISO 8601: where all windows end; null for the newest request. */
  at: string | null
  cohort: Slice['cohort']
  now: Date
}

const WORST_FIRST: readonly SloState[] = ['missed', 'burning', 'unsure', 'frozen', 'met']

/** From the youngest to the oldest: where the windows of burn rates begin. */
const AGES_MS = [...new Set(BURN_ALERTS.flatMap(({ short_ms, long_ms }) => [short_ms, long_ms]))].sort(
  (one, other) => one - other,
)

export async function measureSlos(
  workbook: Workbook,
  store: Store,
  question: SlosQuestion,
): Promise<MeasuredSlos> {
  const slos = await chooseSlos(workbook, store, question)
  const { cohort } = question
  const to = question.at ?? endOfData(store) ?? question.now.toISOString()
  const options = { to, cohort, targets: workbook.config.targets }
  const { scopes, scopeOf } = listScopes(slos, to)
  const counted = await countSlos(store, scopes, options, AGES_MS)
  const counts = scopeOf.map(scope => counted[scope]!)
  const covered = await measureCoverages(store, scopes, to)
  const oldest = scopes.map(({ from }) => from).sort()[0] ?? to
  const unit = await chooseUnit(store, [{ where: null, from: oldest, to, cohort }])
  const standings = judgeTargets(
    slos.map((slo, i) => ({
      rows: countFor(slo, counts[i]!),
      objective: slo.objective,
      covered: covered[scopeOf[i]!]!,
    })),
    { noun: unit },
  )
  const burns = measureBurns(slos, counts, unit, Date.parse(to) - startOfData(store))
  const eaters = await splitByStories(workbook, store, scopes, options)
  const measured = slos.map(({ window_ms, ...slo }, i): MeasuredSlo => {
    const standing = standings[i]!
    const scope = scopeOf[i]!
    const { share, interval, requests } = standing.estimate
    const budget = measureBudget(standing.estimate, slo.objective)
    const frozen = explainFrozen({ ...slo, window_ms }, counts[i]!, covered[scope]!)
    const parts = eaters.parts
      .filter(row => row.slo === scope)
      .map(row => ({ parts: row.parts, bad: slo.kind === 'errors' ? row.errors : row.bad }))
    return {
      ...slo,
      window: { from: scopes[scope]!.from, to },
      ...judgeSlo(standing, budget, burns[i]!, frozen),
      covered: covered[scope]!,
      requests,
      share,
      interval,
      budget,
      burn: burns[i]!,
      ...(budget === null
        ? { stories: [], overlaps: [], outside: { bad: 0, budget: 0 } }
        : listEaters(eaters.stories, parts, budget)),
    }
  })
  const warnings = [...nameCohort({ where: null, from: null, to: null, cohort }), ...describeSampling(store)]
  measured.sort(
    (one, other) =>
      WORST_FIRST.indexOf(one.state) - WORST_FIRST.indexOf(other.state) ||
      (other.budget?.spent ?? 0) - (one.budget?.spent ?? 0),
  )
  return {
    unit,
    slos: measured,
    warnings: [...warnings, ...warnOfMissing(store, counts), ...eaters.warnings],
  }
}

/** Errors need no target of their own: they are counted with the good requests of the same objective, where it has both. */
function listScopes(slos: readonly Slo[], to: string): { scopes: SloScope[]; scopeOf: number[] } {
  const scopes: SloScope[] = []
  const scopeOf = slos.map(({ kind, route, where, under_ms, window_ms }) => {
    const from = new Date(Date.parse(to) - window_ms).toISOString()
    const known = scopes.findIndex(
      scope =>
        scope.route === route &&
        scope.where === where &&
        scope.from === from &&
        (kind === 'errors' || scope.under_ms === under_ms),
    )
    return known >= 0 ? known : scopes.push({ route, where, under_ms, from }) - 1
  })
  return { scopes, scopeOf }
}

/** Just behind the newest request. */
function endOfData(store: Store): string | null {
  const ends = timesOf(store, source => source.to)
  return ends.length === 0 ? null : new Date(Math.max(...ends) + 1).toISOString()
}

/** Milliseconds since 1970. */
function startOfData(store: Store): number {
  return Math.min(...timesOf(store, source => source.from))
}

function timesOf({ sources }: Store, time: (source: Source) => string | null): number[] {
  return sources
    .filter(source => rowsOf(source, 'requests') > 0)
    .flatMap(source => time(source) ?? [])
    .map(iso => Date.parse(iso))
}

/** One a scope. */
async function measureCoverages(store: Store, scopes: readonly SloScope[], to: string): Promise<number[]> {
  const covered = new Map<string, number>()
  for (const { from } of scopes)
    if (!covered.has(from)) covered.set(from, await measureCoverage(store, { from, to }))
  return scopes.map(({ from }) => covered.get(from)!)
}

/** All of all objectives are judged together, whatever their windows. */
function measureBurns(
  slos: readonly Slo[],
  counts: readonly SloCluster[][],
  unit: Unit,
  known_ms: number,
): Burn[][] {
  const questions = slos.flatMap((slo, i) =>
    alertsFor(slo.window_ms, known_ms).map(alert => {
      const youngerThan = (ms: number) =>
        countFor(
          slo,
          counts[i]!.filter(({ age }) => age <= AGES_MS.indexOf(ms)),
        )
      return {
        i,
        alert,
        objective: slo.objective,
        long: youngerThan(alert.long_ms),
        short: youngerThan(alert.short_ms),
      }
    }),
  )
  const burns = judgeBurns(questions, { noun: unit })
  return slos.map((_, i) => burns.filter((_burn, at) => questions[at]!.i === i))
}

function warnOfMissing(store: Store, counts: readonly SloCluster[][]): Warning[] {
  if (!hasRows(store, 'requests'))
    return [
      { code: 'no-requests', message: 'No requests were imported yet.', next: 'whyslow import access.log' },
    ]
  const rows = counts.flat()
  return rows.some(row => row.answered > 0) && rows.every(row => row.measured === 0) ? [NO_DURATIONS] : []
}
