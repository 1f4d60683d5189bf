/** What the keys of a story change in its file, by the functions that its commands use. */

import { setValue } from '../../stories/edit-story.js'
import type { Story } from '../../stories/read-story.js'
import { extendTimebox, startTimebox, stopTimebox } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'
import type { Message } from '../message.js'

export interface Edited {
  story: Story
  message: Message
}

export async function startTimeboxOf(story: Story, budget: string, now: Date): Promise<Edited> {
  const changed = await updateStory(story, front => startTimebox(front, budget, now))
  return {
    story: changed,
    message: said('Timebox started.', `whyslow timebox start ${story.id} --for ${budget}`),
  }
}

export async function stopTimeboxOf(
  story: Story,
  [learned = '', ruledOut = '', effort = '']: string[],
  now: Date,
): Promise<Edited> {
  const changed = await updateStory(story, front => stopTimebox(front, { learned, ruledOut, effort }, now))
  return {
    story: changed,
    message: said('Timebox stopped.', `whyslow timebox stop ${story.id} --learned "…"`),
  }
}

export async function extendTimeboxOf(
  story: Story,
  [by = '', reason = '']: string[],
  now: Date,
): Promise<Edited> {
  const changed = await updateStory(story, front => extendTimebox(front, by, reason, now))
  const command = `whyslow timebox extend ${story.id} --by ${by} --reason "…"`
  return { story: changed, message: said('The timebox has more time.', command) }
}

export async function addNote(story: Story, note: string, now: Date): Promise<Edited> {
  const changed = await updateStory(story, front => setValue(front, `note=${note}`, now))
  return { story: changed, message: said('Noted.', `whyslow story set ${story.id} note="…"`) }
}

function said(done: string, command: string): Message {
  return { done, command }
}
