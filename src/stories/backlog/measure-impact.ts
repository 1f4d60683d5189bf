/** What is known of a story's impact, measure by measure: a person's answer before what was measured, and nothing made up. Pure. */
import type { Unit } from '../../evidence/count-clusters.js'
import type { ScopeImpact } from '../../evidence/story-impacts.js'
import { gammaQuantileOfTail } from '../../stats/special-functions.js'
import { spanTotal } from '../../stats/totals.js'
import { formatCount, formatDuration, formatPromise } from '../../units.js'
import type { MeasureName } from '../../workbook/next-config.js'
import { estimateWithin } from '../estimates.js'
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

/** Answers of people are off by up to this factor, 95% of them. */
const BY_PERSON = 2

export function measureStory(story: StoryFrontMatter, context: ImpactContext): Record<MeasureName, Measure> {
  return {
    customers: readAnswer(story, 'customers', 'customers') ?? countCustomers(context),
    money: readAnswer(story, 'revenue', `${context.currency} a month`) ?? sumMoney(context),
    requests: countRequests(context),
    tickets: countTickets(story, context),
    budget: spendBudget(context),
  }
}

function readAnswer(story: StoryFrontMatter, question: StoryQuestion, unit: string): Measure | null {
  const answer = story.questions[question]
  if (answer === 'unknown' || answer.source !== 'person') return null
  const value = typeof answer.value === 'number' ? answer.value : Number.NaN
  if (!(value >= 0)) return null
  const said = estimateWithin('person', value, BY_PERSON, '')
  const source = `a person’s answer to “${question}”; taken to be off by up to a factor of ${BY_PERSON}`
  return { value, interval: said.interval, sd: said.sd, unit, source, parts: null, from: 'person' }
}

function unknown(unit: string, source: string): Measure {
  return { value: null, interval: null, sd: 0, unit, source, parts: null, from: null }
}

function counted(parts: Float64Array, unit: string, source: string, sd = 0): Measure {
  const value = parts.reduce((sum, part) => sum + part, 0)
  return { value, interval: spanTotal(parts), sd, unit, source, parts, from: 'measured' }
}

/** Why its requests say nothing; null if they do. */
function explainUnmeasured({ impact }: ImpactContext): string | null {
  if (impact.requests === 0) return 'none of its requests is in this time'
  if (impact.isUnmeasured) return 'too many of its answers have no duration'
  return impact.counted === 0 ? 'none of its requests counts' : null
}

function countCustomers(context: ImpactContext): Measure {
  const { unit, impact } = context
  const noun = unit === 'client' ? 'clients' : 'customers'
  const problem =
    explainUnmeasured(context) ?? (unit === 'time block' ? 'no request names an account or a client' : null)
  if (problem !== null) return unknown(noun, problem)
  return counted(impact.hit, noun, `${noun} with a request that was not good`)
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
          : null)
  if (problem !== null) return unknown(per, problem)
  const times = hit === 0 ? 1 : hit / impact.priced
  const others =
    times === 1
      ? ''
      : `; known of ${formatCount(impact.priced)} of ${formatCount(hit)}, the others taken to pay as much`
  const parts = impact.money.map(one => one * times)
  return counted(parts, per, `what these customers pay${others}`, Math.log(times))
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
