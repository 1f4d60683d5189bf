/** The keys that start long work: what they ask for first, and what they start then. */
import { WhyslowError } from '../../errors.js'
import { DEFAULT_SECONDS } from '../../profilers/node/attach.js'
import { findHypothesis } from '../../stories/hypotheses.js'
import type { StoryFrontMatter } from '../../stories/schema.js'
import type { Question } from '../prompt.js'
import type { TaskName, Tasks } from '../work.js'

export interface KeyTask<K extends TaskName = TaskName> {
  name: K
  questions: readonly Question[]
  request: (answers: string[]) => Tasks[K]['request']
  /** Does the same. */
  command: (answers: string[]) => string
}

/** Undefined for a key that starts nothing. */
export function findKeyTask(key: string, story: StoryFrontMatter): KeyTask | undefined {
  const { id } = story
  switch (key) {
    case 'l':
      return simple('look', id, `whyslow look ${id}`)
    case 'e':
      return simple('explain', id, `whyslow explain ${id}`)
    case 'h':
      return testTask(story)
    case 'p':
      return attachTask(id)
    default:
      return undefined
  }
}

function simple(name: 'look' | 'explain', story: string, command: string): KeyTask {
  return { name, questions: [], request: () => ({ story }), command: () => command }
}

/** Asks which, where there are several. */
function testTask(story: StoryFrontMatter): KeyTask<'test-hypothesis'> {
  const { id, hypotheses } = story
  const newest = hypotheses.at(-1)?.id
  const names = hypotheses.map(hypothesis => hypothesis.id).join(', ')
  const which = {
    ask: `Which hypothesis: ${names}?`,
    initial: newest ?? '',
    check: (answer: string) => void findHypothesis(story, answer || undefined),
  }
  return {
    name: 'test-hypothesis',
    questions: hypotheses.length > 1 ? [which] : [],
    request: ([hypothesis]) => ({ story: id, hypothesis: hypothesis || undefined }),
    command: ([hypothesis]) =>
      `whyslow hypothesis test ${id}${hypothesis ? ` --hypothesis ${hypothesis}` : ''}`,
  }
}

function attachTask(story: string): KeyTask<'attach'> {
  return {
    name: 'attach',
    questions: [
      { ask: 'Which process? Its id, or a text of its command line:', check: readTarget },
      { ask: 'For how many seconds?', initial: String(DEFAULT_SECONDS), check: readSeconds },
    ],
    request: ([target = '', seconds = '']) => ({
      story,
      at: readTarget(target),
      seconds: readSeconds(seconds),
    }),
    command: ([target = '', seconds]) =>
      `whyslow profile attach ${isPid(target) ? target : `--match '${target}'`} --seconds ${seconds} --story ${story}`,
  }
}

function isPid(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text)
}

function readTarget(text: string): Tasks['attach']['request']['at'] {
  if (text === '')
    throw new WhyslowError('Expected the id of a process or a text of its command line, found nothing.')
  return isPid(text) ? [{ pid: Number(text) }] : { match: text }
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds
  throw new WhyslowError(`Expected whole seconds from 1 to 3600, found “${text}”.`)
}
