/**
 * The only reader of YAML. A text either fits its schema or fails with all of its problems at once, each with its place.
 * YAML 1.2 core: `yes`, `on` and dates stay text; anchors and aliases work, merge keys don't.
 */
import { type Document, LineCounter, parseDocument, visit, type YAMLError } from 'yaml'
import type { z } from 'zod'
import { WhyslowError } from '../errors.js'
import { locateKey, locatePath, type YamlPath } from './yaml-nodes.js'
import { describeIssues } from './yaml-problems.js'

export interface YamlSource {
  /** How errors name the file. */
  file: string
  /** Lines before the text in its file, when it is a part of one (front matter). */
  linesBefore?: number
}

export interface YamlProblem {
  line: number
  column: number
  message: string
}

/** A YAML text's plain value (`null` when it is empty) and its parsed nodes. Throws all syntax errors at once. */
export function readYaml(text: string, source: YamlSource): { value: unknown; doc: Document.Parsed } {
  const parsed = parse(text)
  if (parsed.problems.length > 0) throw yamlError(source, parsed.problems)
  return { value: parsed.value, doc: parsed.doc }
}

/**
 * The value of a YAML text as its schema describes it, defaults filled in. An empty text is an empty mapping.
 * Throws one `WhyslowError` that lists every problem as `file:line:column`: what was expected, what was found, and the closest valid key.
 */
export function parseYaml<S extends z.ZodType>(text: string, schema: S, source: YamlSource): z.output<S> {
  const { doc, value, problems, structureIsSound, lineCounter } = parse(text)
  if (!structureIsSound) throw yamlError(source, problems)
  const result = schema.safeParse(value ?? {})
  if (result.success && problems.length === 0) return result.data
  const issues = result.success ? [] : describeIssues(result.error.issues, schema, value ?? {})
  for (const issue of issues) {
    const offset =
      issue.key === undefined ? locatePath(doc, issue.path) : locateKey(doc, issue.path, issue.key)
    problems.push({ ...toPlace(lineCounter, offset), message: issue.message })
  }
  throw yamlError(source, problems)
}

interface ParsedText {
  doc: Document.Parsed
  value: unknown
  problems: YamlProblem[]
  /** False when the value can't be trusted enough to check it against a schema. */
  structureIsSound: boolean
  lineCounter: LineCounter
}

function parse(text: string): ParsedText {
  const lineCounter = new LineCounter()
  const doc = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    keepSourceTokens: true,
    stringKeys: true,
  })
  const problems: YamlProblem[] = doc.errors.map(error => ({
    ...toPlace(lineCounter, error.pos[0]),
    message: explainSyntaxError(error, text),
  }))
  let structureIsSound = doc.errors.every(error => error.code === 'DUPLICATE_KEY')
  visit(doc, {
    Alias(_, node) {
      if (node.resolve(doc)) return
      structureIsSound = false
      const place = toPlace(lineCounter, node.range?.[0] ?? 0)
      problems.push({
        ...place,
        message: `“*${node.source}” names no anchor before it; quote the text if it isn't an alias`,
      })
    },
  })
  let value: unknown = null
  if (structureIsSound) {
    try {
      value = doc.toJS()
    } catch (error) {
      structureIsSound = false
      problems.push({ line: 1, column: 1, message: `can't be read: ${(error as Error).message}` })
    }
  }
  return { doc, value, problems, structureIsSound, lineCounter }
}

function toPlace(lineCounter: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lineCounter.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function explainSyntaxError(error: YAMLError, text: string): string {
  const found = text.slice(error.pos[0], error.pos[1]).split('\n')[0]?.trim() ?? ''
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key =
        /^[^:\n]+/
          .exec(text.slice(error.pos[0]))?.[0]
          .trim()
          .replace(/^(['"])(.*)\1$/, '$2') ?? found
      return `the key “${key}” is there twice`
    }
    case 'TAB_AS_INDENT':
      return 'indented with a tab: expected spaces'
    case 'BAD_INDENT':
      return `bad indentation: ${lowerFirst(error.message)}`
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a second “: ” on one line, or a bad indentation: quote the text, or put the mapping on its own lines'
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a key that spans lines: expected “key: value”, or a deeper or shallower indentation'
    case 'MULTIPLE_DOCS':
      return 'a second YAML document: expected only one'
    case 'NON_STRING_KEY':
      return 'expected a key that is plain text'
    default:
      return lowerFirst(error.message)
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** An error at the value of a path, for what a schema can't know. */
export function yamlProblem(text: string, path: YamlPath, message: string, source: YamlSource): WhyslowError {
  const { doc, lineCounter } = parse(text)
  return yamlError(source, [{ ...toPlace(lineCounter, locatePath(doc, path)), message }])
}

const SHOWN_PROBLEMS = 20

/** One error for all problems of a file, in the order of the file. Its `place` is that of the first. */
export function yamlError(source: YamlSource, found: YamlProblem[]): WhyslowError {
  const before = source.linesBefore ?? 0
  const problems = found
    .map(problem => ({ ...problem, line: problem.line + before }))
    .sort((a, b) => a.line - b.line || a.column - b.column)
  const lines = problems
    .slice(0, SHOWN_PROBLEMS)
    .map(problem => `  ${source.file}:${problem.line}:${problem.column}  ${problem.message}`)
  if (problems.length > SHOWN_PROBLEMS) lines.push(`  … and ${problems.length - SHOWN_PROBLEMS} more`)
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  const first = problems[0]
  return new WhyslowError(`${source.file} has ${count}:\n${lines.join('\n')}`, {
    place: first ? { file: source.file, line: first.line, column: first.column } : { file: source.file },
  })
}
