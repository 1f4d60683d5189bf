/** What the keys of a story change in its file, by the functions that its commands use: they are tried on each answer, too. */
import { setValue } from '../../stories/edit-story.js'
import type { Story } from '../../stories/read-story.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import { extendTimebox, findRunning, startTimebox, stopTimebox } from '../../stories/timeboxes.js'
import { updateStory } from '../../stories/write-story.js'
import type { Message } from '../message.js'
import type { Question } from '../prompt.js'

export interface Edited {
  story: Story
  message: Message
}

export interface KeyChange {
  questions: readonly Question[]
  change: (answers: string[]) => Promise<Edited>
}

/** Undefined for a key that changes nothing. Throws a `WhyslowError` for what can't be done now. */
export function findKeyChange(key: string, story: Story, budget: string): KeyChange | undefined {
  switch (key) {
    case 't':
      return findRunning(story.frontMatter) ? stopping(story) : starting(story, budget)
    case '+':
      return extending(story)
    case 'n':
      return noting(story)
    default:
      return undefined
  }
}

function starting(story: Story, budget: string): KeyChange {
  const start = (front: StoryFrontMatter, given: string) => startTimebox(front, given, new Date())
  return {
    questions: [
      {
        ask: 'Timebox for how long?',
        initial: budget,
        check: given => void start(story.frontMatter, given),
      },
    ],
    async change([given = budget]) {
      const changed = await updateStory(story, front => start(front, given))
      return say(changed, 'Timebox started.', `whyslow timebox start ${story.id} --for ${given}`)
    },
  }
}

function stopping(story: Story): KeyChange {
  const stop = (front: StoryFrontMatter, [learned = '', ruledOut = '', effort = '']: string[]) =>
    stopTimebox(front, { learned, ruledOut, effort }, new Date())
  return {
    questions: [
      { ask: 'What was learned?', check: learned => void stop(story.frontMatter, [learned]) },
      { ask: 'What was ruled out?' },
      { ask: 'What would a fix take?' },
    ],
    async change(answers) {
      const changed = await updateStory(story, front => stop(front, answers))
      return say(changed, 'Timebox stopped.', `whyslow timebox stop ${story.id} --learned "…"`)
    },
  }
}

const MORE = '30m'

function extending(story: Story): KeyChange {
  const extend = (front: StoryFrontMatter, by: string, reason: string) =>
    extendTimebox(front, by, reason, new Date())
  extend(story.frontMatter, MORE, 'whether one is running')
  return {
    questions: [
      {
        ask: 'How much longer?',
        initial: MORE,
        check: by => void extend(story.frontMatter, by, 'the next question'),
      },
      { ask: 'What is more time for?', check: reason => void extend(story.frontMatter, MORE, reason) },
    ],
    async change([by = '', reason = '']) {
      const changed = await updateStory(story, front => extend(front, by, reason))
      const command = `whyslow timebox extend ${story.id} --by ${by} --reason "…"`
      return say(changed, 'The timebox has more time.', command)
    },
  }
}

function noting(story: Story): KeyChange {
  const add = (front: StoryFrontMatter, note: string) => setValue(front, `note=${note}`, { now: new Date() })
  return {
    questions: [{ ask: 'Note:', check: note => void add(story.frontMatter, note) }],
    async change([note = '']) {
      const changed = await updateStory(story, front => add(front, note))
      return say(changed, 'Noted.', `whyslow story set ${story.id} note="…"`)
    },
  }
}

function say(story: Story, done: string, command: string): Edited {
  return { story, message: { done, command } }
}
