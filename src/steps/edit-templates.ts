/** What people do with templates: the file after it, or an error that says why not. Pure. */
import { WhyslowError } from '../errors.js'
import { inferRoutes } from '../store/infer-templates.js'
import { createMatcher, examplePath, LITERAL, rankOf } from '../store/routes.js'
import type { RoutesFile } from '../workbook/routes-file.js'
import { findClosest } from '../workbook/yaml-problems.js'

/** `GET /orders/:id` and `/orders/:id` → `/orders/:id`: templates are of paths, whatever the method. */
export function toTemplate(text: string): string {
  const template = text.trim().replace(/^[A-Za-z]+ +(?=\/)/, '')
  if (/^\/\S*$/.test(template)) return template
  throw new WhyslowError(`Expected a path template such as /orders/:id, found “${text}”.`)
}

/**
 * `into` stands for everything that the `from` stand for, in the place of the first of them. `stored`: literal paths that there are
 * requests of, which needn't be in the file.
 */
export function mergeTemplates(
  file: RoutesFile,
  from: readonly string[],
  into: string,
  stored: ReadonlySet<string>,
): RoutesFile {
  const known = new Set([...file.routes, ...file.inferred, ...stored])
  for (const template of from) if (!known.has(template)) throw unknownTemplate(template, [...known])
  const match = createMatcher([into])
  const outside = from.find(template => match(examplePath(template)) === null)
  if (outside !== undefined) {
    throw new WhyslowError(`${into} doesn't stand for the paths of ${outside}.`, {
      next: [
        ':id stands for ids only (digits, UUIDs, long hex), :uuid for UUIDs, :date for dates; any other name for any text',
        'To choose other paths: edit routes.yaml, then whyslow routes apply',
      ],
    })
  }
  const isPeoples = /\/:(?!(?:id|uuid|date|slug)(?:\/|$))[^/]/.test(into)
  const routes = replaceFirst(file.routes, from, into)
  // In the list of what imports found, a name of one's own says enough.
  const inferred =
    isPeoples && !routes.includes(into) ? replaceFirst(file.inferred, from, into) : file.inferred
  const gone = new Set(from.filter(template => template !== into))
  const edited = {
    routes: routes.filter(template => !gone.has(template)),
    inferred: inferred.filter(template => !gone.has(template)),
    apart: file.apart.filter(template => template !== into),
  }
  const isKept = edited.routes.includes(into) || (isPeoples && edited.inferred.includes(into))
  return settle({
    ...edited,
    routes: isKept ? edited.routes : [...edited.routes, into],
    inferred: isKept ? edited.inferred : edited.inferred.filter(template => template !== into),
  })
}

function replaceFirst(list: readonly string[], from: readonly string[], into: string): string[] {
  const at = list.findIndex(template => from.includes(template))
  if (at < 0 || list.includes(into)) return [...list]
  return list.toSpliced(at, 1, into)
}

/** Takes a template out. One that stands for any text is noted, so that no import finds it again. */
export function removeTemplate(file: RoutesFile, template: string): RoutesFile {
  const known = [...file.routes, ...file.inferred]
  if (!known.includes(template)) throw unknownTemplate(template, known)
  const segments = template.split('/')
  const last = segments.findLastIndex(
    segment => rankOf(segment) !== LITERAL && segment !== ':id' && segment !== ':uuid',
  )
  if (last < 0 && !file.routes.includes(template)) {
    throw new WhyslowError(
      segments.some(segment => rankOf(segment) !== LITERAL)
        ? `${template} is what its paths look like, so it would be found again.`
        : `${template} stands beside a template that would take it in.`,
      {
        next: [
          'A path that is a route of its own: add it under “routes” in routes.yaml, then whyslow routes apply',
          `Another name: whyslow routes rename ${template} ${template.replace(/:(?:uu)?id\b/, ':order')}`,
        ],
      },
    )
  }
  const place = segments.slice(0, last).join('/')
  const refused = last < 0 ? [] : [`${place}/${segments[last] === ':date' ? ':date' : ':slug'}`]
  const isBelow = (other: string) => refused.some(one => other === one || other.startsWith(`${one}/`))
  return settle({
    routes: file.routes.filter(other => other !== template),
    inferred: file.inferred.filter(other => other !== template && !isBelow(other)),
    apart: [...new Set([...file.apart, ...refused])],
  })
}

/** Ours that people's now stand for go. */
function settle(file: RoutesFile): RoutesFile {
  return { ...file, inferred: inferRoutes([], file).inferred }
}

function unknownTemplate(template: string, known: readonly string[]): WhyslowError {
  const closest = findClosest(template, known)
  return new WhyslowError(`There is no template ${template}.${closest ? ` Did you mean ${closest}?` : ''}`, {
    next: ['whyslow routes lists them'],
  })
}
