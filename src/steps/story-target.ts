import { findTarget } from '../evidence/good.js'
import type { StoryFrontMatter } from '../stories/schema.js'
import { parseDuration } from '../units.js'
import type { WorkbookConfig } from '../workbook/config.js'

/** Milliseconds: the story's own target, else that of its route, else the workbook's. */
export function targetOfStory(
  { targets }: WorkbookConfig,
  { under, route }: Pick<StoryFrontMatter, 'under' | 'route'>,
): number {
  return under === null ? findTarget(targets, route).under_ms : parseDuration(under)
}
