/** What is known of a story's impact, measure by measure: a person's answer before what was measured, and nothing made up. Pure. */
import type { Unit } from '../../evidence/count-clusters.js'
import type { ScopeImpact } from '../../evidence/story-impacts.js'
import { gammaQuantileOfTail, NORMAL_95 } from '../../stats/special-functions.js'
import { spanTotal } from '../../stats/totals.js'
import { formatCount, formatDuration, formatPromise, formatShare } from '../../units.js'
import type { MeasureName } from '../../workbook/next-config.js'
import { BY_PERSON, estimateWithin } from '../estimates.js'
import type { StoryFrontMatter, StoryQuestion } from '../schema.js'
import type { Measure } from './score-model.js'

export interface ImpactContext {
  impact: ScopeImpact
  under_ms: number
  /** Days that the requests are from. */
  days: number
  unit: Unit
  currency: string
  /** The share of requests that must be good, and how many of those that it is about count. */
  objective: { share: number; of: string; counted: number }
  hasAccounts: boolean
  hasTickets: boolean
}

export function measureStory(story: StoryFrontMatter, context: ImpactContext): Record<MeasureName, Measure> {
  return {
    customers: preferAnswer(story, 'customers', 'customers', countCustomers(context)),
    money: preferAnswer(story, 'revenue', `${context.currency} a month`, sumMoney(context)),
    requests: countRequests(context),
    tickets: countTickets(story, context),
    budget: spendBudget(context),
  }
}

/** A person's answer before what is measured; one that is no number is named beside it. */
function preferAnswer(
  story: StoryFrontMatter,
  question: StoryQuestion,
  unit: string,
  measured: Measure,
): Measure {
  const answer = story.questions[question]
  if (answer === 'unknown' || answer.source !== 'person') return measured
  const { value } = answer
  if (typeof value !== 'number' || !(value >= 0)) {
    const unused = `a person’s answer, “${value}”, is not used: it is no number from 0 on`
    return { ...measured, source: `${measured.source}; ${unused}` }
  }
  const { interval, sd } = estimateWithin('person', value, BY_PERSON, '')
  const source = `a person’s answer to “${question}”; taken to be off by up to a factor of ${BY_PERSON}`
  return { value, interval, sd, unit, source, parts: null, from: 'person' }
}

function unknown(unit: string, source: string): Measure {
  return { value: null, interval: null, sd: 0, unit, source, parts: null, from: null }
}

function counted(parts: Float64Array, unit: string, source: string, sd = 0): Measure {
  const value = parts.reduce((sum, part) => sum + part, 0)
  const span = spanTotal(parts)
  const factor = span === null ? 1 : Math.exp(Math.hypot(Math.log(span[1] / value), NORMAL_95 * sd))
  const interval: Measure['interval'] = span && [value / factor, value * factor]
  return { value, interval, sd, unit, source, parts, from: 'measured' }
}

/** Why its requests say nothing; null if they do. */
function explainUnmeasured({ impact }: ImpactContext): string | null {
  if (impact.requests === 0) return 'none of its requests is in this time'
  if (impact.isUnmeasured) return 'too many of its answers have no duration'
  return impact.counted === 0 ? 'none of its requests counts' : null
}

/** Why its requests say nothing of customers; null if they do. */
function explainNobody(context: ImpactContext): string | null {
  const { unit, impact } = context
  const problem = explainUnmeasured(context)
  if (problem !== null) return problem
  if (unit === 'time block') return 'no request names an account or a client'
  return impact.unnamed > 0 && shareUnnamed(impact) > 1 - 1e-9
    ? `none of its requests that were not good names ${unit === 'client' ? 'a client' : 'an account'}`
    : null
}

function shareUnnamed({ unnamed, bad }: ScopeImpact): number {
  return unnamed === 0 ? 0 : unnamed / bad.reduce((sum, one) => sum + one, 0)
}

/** What is counted stands for so many times as much, by requests: as far as it may be off by those that name nobody. */
function spreadUnnamed({ impact, unit }: ImpactContext): { sd: number; note: string } {
  const share = shareUnnamed(impact)
  if (share === 0) return { sd: 0, note: '' }
  const note = `; ${formatShare(share)} of these requests name no ${unit === 'client' ? 'client' : 'account'}, so it may be more`
  return { sd: -Math.log(1 - share), note }
}

function countCustomers(context: ImpactContext): Measure {
  const { unit, impact } = context
  const noun = unit === 'client' ? 'clients' : 'customers'
  const problem = explainNobody(context)
  if (problem !== null) return unknown(noun, problem)
  const { sd, note } = spreadUnnamed(context)
  return counted(impact.hit, noun, `${noun} with a request that was not good${note}`, sd)
}

function sumMoney(context: ImpactContext): Measure {
  const { unit, impact, currency, hasAccounts } = context
  const per = `${currency} a month`
  const hit = impact.hit.reduce((sum, one) => sum + one, 0)
  const problem =
    explainUnmeasured(context) ??
    (unit !== 'customer'
      ? 'requests name no accounts'
      : !hasAccounts
        ? 'no accounts were imported'
        : hit > 0 && impact.priced === 0
          ? 'of none of the customers hit it is known what they pay'
          : explainNobody(context))
  if (problem !== null) return unknown(per, problem)
  const times = hit === 0 ? 1 : hit / impact.priced
  const others =
    times === 1
      ? ''
      : `; known of ${formatCount(impact.priced)} of ${formatCount(hit)}, the others taken to pay as much`
  const parts = impact.money.map(one => one * times)
  const { sd, note } = spreadUnnamed(context)
  return counted(parts, per, `what these customers pay${others}${note}`, Math.hypot(Math.log(times), sd))
}

function countRequests(context: ImpactContext): Measure {
  const { impact, days, under_ms } = context
  const problem = explainUnmeasured(context)
  if (problem !== null) return unknown('a day', problem)
  const source = `requests over ${formatDuration(under_ms)} or failed, of ${formatCount(impact.counted)} that count`
  return counted(
    impact.bad.map(one => one / days),
    'a day',
    source,
  )
}

function spendBudget(context: ImpactContext): Measure {
  const { impact, objective } = context
  const unit = 'of the error budget'
  const allowed = (1 - objective.share) * objective.counted
  const problem = explainUnmeasured(context) ?? (allowed > 0 ? null : 'there is no objective')
  if (problem !== null) return unknown(unit, problem)
  const source = `not-good requests, of the ${formatCount(allowed)} that ${formatPromise(objective.share)} of ${objective.of} allows in this time`
  return counted(
    impact.bad.map(one => one / allowed),
    unit,
    source,
  )
}

function countTickets({ tickets }: StoryFrontMatter, { hasTickets }: ImpactContext): Measure {
  const count = new Set(tickets.matched.filter(id => !tickets.excluded.includes(id))).size
  if (count === 0 && !hasTickets) return unknown('tickets', 'no support tickets were imported')
  const low = count === 0 ? 0 : gammaQuantileOfTail(0.975, count)
  return {
    value: count,
    interval: [low, gammaQuantileOfTail(0.025, count + 1)],
    // Of a Poisson count, nearly.
    sd: 1 / Math.sqrt(count + 0.5),
    unit: 'tickets',
    source: 'support tickets matched to it, of all time',
    parts: null,
    from: 'tickets',
  }
}
