/** What a report is made of: figures as the commands give them, each with what reproduces it, and what couldn't be made with the reason. */

import type { Unit } from '../../evidence/count-clusters.js'
import type { Explanation } from '../../evidence/explain.js'
import type { Look } from '../../evidence/look.js'
import type { SlowTime } from '../../evidence/slow-time.js'
import type { ArmsComparison } from '../../experiments/compare-arms.js'
import type { SpentAlpha } from '../../experiments/spent-alpha.js'
import type { GraphNode, ProfileDiff } from '../../profilers/diff-profiles.js'
import type { FlameGraph } from '../../profilers/flame.js'
import type { FunctionShare } from '../../profilers/summary.js'
import type { StoryFrontMatter, StoryHypothesis, StoryResult } from '../../stories/schema.js'
import type { Warning } from '../../warnings.js'
import type { ExplainOptions as ExplainWords } from '../explain.js'
import type { LookOptions as LookWords } from '../look.js'
import type { ShownSlo } from '../slo.js'

/** A part that couldn't be made here, and what would make it. */
export interface Missing {
  missing: string
  next: string | null
}

export type Part<T> = T | Missing

export function isMissing<T extends object>(part: Part<T>): part is Missing {
  return 'missing' in part
}

/** What reproduces a figure. */
export interface Origin {
  command: string
  /** Ids of the imported files with requests in its time; of a profile, the SHA-256 of each file, cut to 12 digits. */
  sources: string[]
}

export interface ReportLook extends Origin {
  look: Look
  words: LookWords
}

export interface ReportExplanation extends Origin {
  explanation: Explanation
  words: ExplainWords
}

export interface ReportComparison extends Origin {
  comparison: ArmsComparison & { underSetBy: string }
}

export interface ReportTest extends ReportComparison {
  judged: StoryResult['judged']
  /** Some of its data is older than the hypothesis, or the prediction was edited: it can disprove, and never confirms. */
  exploratory: boolean
  slowTime: SlowTime | null
}

export interface ReportHypothesis {
  hypothesis: StoryHypothesis
  test: Part<ReportTest>
}

/** One capture: a process or several, of one time. */
export interface ReportProfile extends Origin {
  title: string
  /** When, for how long, with what, and how much of it was active. */
  subtitle: string
  files: string[]
  unit: FlameGraph['unit']
  hottest: FunctionShare[]
  flame: FlameGraph
  warnings: Warning[]
}

export interface ReportDiff extends Origin {
  diff: ProfileDiff
  graph: GraphNode[]
}

export interface StoryReport {
  story: StoryFrontMatter
  /** The Markdown behind its front matter. */
  body: string
  under_ms: number
  objective: number
  currency: string
  timezone: string
  look: Part<ReportLook>
  explanation: Part<ReportExplanation>
  hypotheses: ReportHypothesis[]
  /** What was filed, measured again; null while there is no outcome. */
  outcome: Part<ReportComparison> | null
  /** Those that are drawn; where there is a fix, one before and one after it. */
  profiles: Part<ReportProfile>[]
  /** Files of captures that are not drawn. */
  undrawn: string[]
  /** Null without captures on both sides of a fix. */
  diff: Part<ReportDiff> | null
  /** Of all its figures, each once; on the page they stand with their figures. */
  warnings: Warning[]
}

export interface ReportSlos extends Origin {
  unit: Unit
  slos: ShownSlo[]
  warnings: Warning[]
}

export interface WorkbookReport {
  /** All of them, those that hit the most customers first. */
  stories: StoryFrontMatter[]
  targetIsSet: boolean
  /** The smallest change worth having, where a hypothesis doesn’t say. */
  smallest: number
  slos: Part<ReportSlos>
  /** Those that were filed. */
  outcomes: Origin
  hypotheses: {
    confirmed: number
    disproved: number
    open: number
    budget: SpentAlpha
  }
  /** About stories that can’t be read. */
  warnings: Warning[]
}

/** About the data that all of it comes from. */
export interface ReportData {
  workbook: string
  at: string
  version: string
  /** Imported files with requests. */
  sources: { id: string; file: string; requests: number; from: string | null; to: string | null }[]
  cohort: string | null
}

export interface Report {
  data: ReportData
  workbook: WorkbookReport | null
  stories: StoryReport[]
}
