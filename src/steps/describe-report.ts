/** A report as data: its figures, without what only a picture needs. */
import type {
  Missing,
  Report,
  ReportData,
  ReportDiff,
  ReportProfile,
  StoryReport,
  WorkbookReport,
} from '../reports/report/contents.js'
import { isMissing } from '../reports/report/contents.js'
import type { Warning } from '../warnings.js'

export interface ReportFigures {
  data: ReportData
  /** Null where stories were asked for. */
  workbook: WorkbookReport | null
  stories: (Omit<StoryReport, 'profiles' | 'diff'> & {
    profiles: (Omit<ReportProfile, 'flame'> | Missing)[]
    diff: Omit<ReportDiff, 'graph'> | Missing | null
  })[]
  /** Of all of it; those of a figure stand with it, too. */
  warnings: Warning[]
}

export function describeReport({ data, workbook, stories }: Report): ReportFigures {
  const { warnings: unread = [], slos } = workbook ?? {}
  const promised = slos === undefined || isMissing(slos) ? [] : slos.warnings
  const all = [...unread, ...promised, ...stories.flatMap(({ warnings }) => warnings)]
  return {
    data,
    workbook,
    stories: stories.map(story => ({
      ...story,
      profiles: story.profiles.map(profile => (isMissing(profile) ? profile : withoutFlame(profile))),
      diff: story.diff === null || isMissing(story.diff) ? story.diff : withoutGraph(story.diff),
    })),
    warnings: all.filter(({ message }, i) => all.findIndex(other => other.message === message) === i),
  }
}

function withoutFlame({ flame: _, ...profile }: ReportProfile): Omit<ReportProfile, 'flame'> {
  return profile
}

function withoutGraph({ graph: _, ...diff }: ReportDiff): Omit<ReportDiff, 'graph'> {
  return diff
}
