/** The objectives that a workbook has: those of `slo:` in `whyslow.yaml`, else its targets. */
import { WhyslowError } from '../errors.js'
import { findTarget } from '../evidence/good.js'
import type { Store } from '../store/open-store.js'
import { EVERYTHING } from '../store/slice.js'
import { checkWhere } from '../store/where.js'
import type { WorkbookConfig } from '../workbook/config.js'
import { readTextFile } from '../workbook/read-text.js'
import type { SloObjective } from '../workbook/slo-config.js'
import type { Workbook } from '../workbook/workbook.js'
import { yamlProblem } from '../workbook/yaml-file.js'
import { resolveSubject } from './resolve-subject.js'

export interface Slo {
  /** As `whyslow.yaml` names it, else its route, its `where`, or `all requests`. */
  name: string
  kind: 'under' | 'errors'
  /** With neither of the two, all requests are meant. */
  route: string | null
  where: string | null
  /** Null for errors, and where each request has the target of its route. */
  under_ms: number | null
  /** Share of requests that must be good, or end without an error. */
  objective: number
  window_ms: number
}

export interface SloChoice {
  /** A route, a story or the name of an objective; null for all objectives. */
  subject: string | null
  /** Instead of every objective's own. */
  window_ms: number | null
}

/** A route without an objective of its own gets the workbook's, when it is asked for. */
export async function chooseSlos(workbook: Workbook, store: Store, choice: SloChoice): Promise<Slo[]> {
  const { config } = workbook
  const declared = config.slo.objectives.length > 0 ? config.slo.objectives : listTargets(config)
  const slos = declared.flatMap(objective => toSlos(objective, config))
  const chosen = choice.subject === null ? slos : await narrow(workbook, store, choice.subject, slos)
  if (config.slo.objectives.length > 0) await checkWheres(workbook, store)
  return choice.window_ms === null ? chosen : chosen.map(slo => ({ ...slo, window_ms: choice.window_ms! }))
}

const NOTHING: SloObjective = {
  name: null,
  route: null,
  where: null,
  under: null,
  share: null,
  errors: null,
  window: null,
}

/** The workbook as a whole, then every route with a target of its own. */
function listTargets({ targets }: WorkbookConfig): SloObjective[] {
  return [NOTHING, ...Object.keys(targets.routes).map(route => ({ ...NOTHING, route }))]
}

/** Both promises of one entry, if it makes two. */
function toSlos(entry: SloObjective, config: WorkbookConfig): Slo[] {
  const { route, where } = entry
  const base = {
    name: entry.name ?? route ?? where ?? 'all requests',
    route,
    where,
    window_ms: entry.window ?? config.slo.window,
  }
  const hasTarget = entry.share !== null || entry.under !== null || entry.errors === null
  const under: Slo = {
    ...base,
    kind: 'under',
    under_ms: entry.under ?? targetOf(config, route),
    objective: entry.share ?? config.objective,
  }
  return [
    ...(hasTarget ? [under] : []),
    ...(entry.errors === null
      ? []
      : [{ ...base, kind: 'errors' as const, under_ms: null, objective: 1 - entry.errors }]),
  ]
}

function targetOf({ targets }: WorkbookConfig, route: string | null): number | null {
  if (route !== null) return findTarget(targets, route).under_ms
  return Object.keys(targets.routes).length === 0 ? targets.default : null
}

async function narrow(workbook: Workbook, store: Store, subject: string, slos: Slo[]): Promise<Slo[]> {
  const about = (text: string) =>
    slos.filter(slo => [slo.name, slo.route].some(name => name?.toLowerCase() === text.toLowerCase()))
  const named = about(subject)
  if (named.length > 0) return named
  const { route, story } = await resolveSubject(workbook, store, subject, EVERYTHING, 'whyslow slo')
  if (route === null)
    throw new WhyslowError(`The story ${story} is about no route, so there is no objective for it.`, {
      next: ['whyslow slo'],
    })
  const own = about(route)
  return own.length > 0 ? own : toSlos({ ...NOTHING, route }, workbook.config)
}

/** Throws at its place in `whyslow.yaml` for an expression that can't be used. */
async function checkWheres(workbook: Workbook, store: Store): Promise<void> {
  for (const [at, { where }] of workbook.config.slo.objectives.entries()) {
    if (where === null) continue
    try {
      await checkWhere(store, where)
    } catch (error) {
      if (!(error instanceof WhyslowError)) throw error
      const { config: file } = workbook.paths
      const shown = workbook.show(file)
      const text = await readTextFile(file, shown)
      const located = yamlProblem(text, ['slo', 'objectives', at, 'where'], error.message, { file: shown })
      throw new WhyslowError(located.message, {
        next: error.next,
        cause: error,
        place: located.place ?? { file: shown },
      })
    }
  }
}
