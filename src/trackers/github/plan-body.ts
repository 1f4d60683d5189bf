/** What an issue's body becomes: pure. */
import type { Warning } from '../../warnings.js'
import { cutMarkdown } from './cut-markdown.js'
import { neutraliseMarkdown } from './neutralise-markdown.js'
import {
  appendSection,
  marksLength,
  normalise,
  readSection,
  removeRemains,
  replaceSection,
  writeSection,
} from './section.js'

/** In characters, people's text included. GitHub's error says so: “body is too long (maximum is 65536 characters)”. */
const MAX_BODY = 65_536

/** To within some 60 characters of the longest text that fits. */
const MOST_CUTS = 11

export interface BodyRequest {
  /** As it is; null for a new issue. */
  body: string | null
  story: string
  /** Its key, for warnings. */
  key: string
  markdown: string
  webHost: string
  repair: boolean
}

export interface BodyPlan {
  /** Null: it stays as it is. */
  body: string | null
  warnings: Warning[]
}

export function planBody(request: BodyRequest): BodyPlan {
  const { story, key, repair } = request
  const body = request.body ?? ''
  const section = readSection(body, story)
  const next = `To have it written anew: whyslow export github ${story} --repair`
  if (section.kind === 'whole') {
    const fit = fitText(request, body.length - (section.end - section.start))
    if (fit.text === null || fit.text === section.text) {
      const isRight = fit.text === null || !section.isEdited
      return isRight ? { body: null, warnings: fit.warnings } : write(request, section, fit)
    }
    if (!section.isEdited || repair) return write(request, section, fit)
    const message = `${key}: a person changed the part that whyslow writes, so it was left as it is.`
    return {
      body: null,
      warnings: [{ code: 'ticket-edited', message, next: `${next}. What was added to it is then gone.` }],
    }
  }
  if (request.body !== null && !repair) {
    const message =
      section.kind === 'none'
        ? `${key}: the part that whyslow writes was removed, so nothing was written.`
        : `${key}: the marks of the part that whyslow writes are damaged (${section.how}), so nothing was written.`
    return { body: null, warnings: [{ code: 'ticket-marker', message, next }] }
  }
  const rest = removeRemains(body, story)
  const around = rest.at === null ? appendSection(rest.body, '') : rest.body
  const fit = fitText(request, around.length)
  if (fit.text === null) return { body: null, warnings: fit.warnings }
  const written = writeSection(story, fit.text)
  return {
    body:
      rest.at === null
        ? appendSection(rest.body, written)
        : replaceSection(rest.body, { start: rest.at, end: rest.at }, written),
    warnings: fit.warnings,
  }
}

interface Fit {
  text: string | null
  warnings: Warning[]
}

function write({ body, story }: BodyRequest, section: { start: number; end: number }, fit: Fit): BodyPlan {
  return { body: replaceSection(body ?? '', section, writeSection(story, fit.text!)), warnings: fit.warnings }
}

/** Cut before it is made safe, since a cut may open what was closed. */
function fitText({ story, key, markdown, webHost }: BodyRequest, people: number): Fit {
  const room = MAX_BODY - people - marksLength(story)
  const whole = normalise(neutraliseMarkdown(markdown, webHost))
  if (whole.length <= room) return { text: whole, warnings: [] }
  const pointer = `**Cut here**, since GitHub takes ${MAX_BODY.toLocaleString('en')} characters. The whole of it: \`whyslow story show ${story}\``
  const cut: Warning = {
    code: 'ticket-cut',
    message: `${key}: the text is longer than what GitHub takes, and was cut.`,
    next: `The whole of it: whyslow export markdown ${story}`,
  }
  const toText = (length: number) =>
    normalise(`${neutraliseMarkdown(cutMarkdown(markdown, length), webHost)}\n\n${pointer}`)
  let [fits, tooLong] = [0, Math.min(room - pointer.length, markdown.length)]
  for (let steps = 0; steps < MOST_CUTS && tooLong - fits > 1; steps += 1) {
    const middle = steps === 0 ? tooLong - 1 : Math.floor((fits + tooLong) / 2)
    if (toText(middle).length <= room) fits = middle
    else tooLong = middle
    if (steps === 0 && fits > 0) break
  }
  if (fits > 0) return { text: toText(fits), warnings: [cut] }
  if (pointer.length <= room) return { text: pointer, warnings: [cut] }
  const message = `${key}: what people wrote leaves no room for the part that whyslow writes, so it was left as it is.`
  return {
    text: null,
    warnings: [{ code: 'ticket-cut', message, next: 'Move some of the issue’s text into a comment.' }],
  }
}
