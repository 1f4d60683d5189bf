/** The rules of the house: what imports what, who owns which package, and what a source file may look like. */
import path from 'node:path'
import { type ReadSource, readSource, type SourceFile } from './read-source.js'

/** From left to right. A room imports only from slots to its left. */
const SLOTS = [
  ['errors', 'units', 'warnings', 'redact'],
  ['stats'],
  ['workbook'],
  ['store'],
  ['sources', 'evidence', 'load'],
  ['profilers'],
  ['stories'],
  ['experiments'],
  ['reports'],
  ['trackers'],
  ['steps'],
  ['tui'],
  ['terminal', 'flags', 'base-command', 'unknown-command', 'commands', 'index'],
] as const

type Room = (typeof SLOTS)[number][number]

/** Rooms that are one file. Those of the ground are read from left to right too: errors is under all. */
const FILES: readonly string[] = [
  'errors',
  'units',
  'warnings',
  'redact',
  'terminal',
  'flags',
  'base-command',
  'unknown-command',
  'index',
]

const OWNERS: { packages: RegExp; name: string; rooms: readonly Room[] }[] = [
  { packages: /^@duckdb\//, name: 'DuckDB', rooms: ['store'] },
  {
    packages: /^@?oclif(?:\/|$)/,
    name: 'oclif',
    rooms: ['flags', 'base-command', 'unknown-command', 'commands'],
  },
  { packages: /^(?:ink(?:-[\w-]+)?|react|@inkjs\/.+)(?:\/|$)/, name: 'Ink', rooms: ['tui'] },
  { packages: /^(?:jira\.js|@octokit\/.+)(?:\/|$)/, name: 'the trackers’ clients', rooms: ['trackers'] },
  { packages: /^(?:yaml|js-yaml)(?:\/|$)/, name: 'YAML', rooms: ['workbook'] },
  { packages: /^(?:node:)?inspector(?:\/|$)/, name: 'the inspector', rooms: ['profilers'] },
  { packages: /^marked(?:\/|$)/, name: 'the Markdown tokenizer', rooms: ['trackers'] },
  { packages: /^(?:@observablehq\/plot|linkedom)(?:\/|$)/, name: 'Plot', rooms: ['reports'] },
  { packages: /^autocannon(?:\/|$)/, name: 'autocannon', rooms: ['load'] },
]

/** They are started by whyslow as processes of their own, so these streams are theirs. */
const OWN_PROCESSES: readonly string[] = [
  'profilers/node/guard.ts',
  'profilers/tools/guard.ts',
  'profilers/tools/read-doctor.ts',
]

const VAGUE_FOLDERS = ['types', 'utils', 'helpers', 'common']
const MAX_LINES = 300
const SURROUNDINGS = /\bprocess\s*\.\s*(env|cwd|stdout|stdin|stderr|argv)\b/g

/** One line for each violation, beginning with its file. No files, no violations: check that there are some. */
export function findViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(file => {
    const source = readSource(file)
    const problems = [
      ...checkPlace(source),
      ...source.imports.flatMap(specifier => checkImport(source, specifier)),
      ...checkExports(source),
      ...checkSurroundings(source),
      ...(source.lines > MAX_LINES
        ? [`has ${source.lines} lines; past ${MAX_LINES} it should be split`]
        : []),
    ]
    return problems.map(problem => `${file.path}: ${problem}`)
  })
}

function checkPlace({ path: file }: ReadSource): string[] {
  const problems: string[] = []
  const folders = file.split('/').slice(0, -1)
  const room = roomOf(file)
  const isFile = folders.length === 0
  if (room === undefined) problems.push('is in no room of the house')
  else if (isFile !== FILES.includes(room)) problems.push(isFile ? 'should be a folder' : 'should be a file')
  for (const folder of folders) {
    if (VAGUE_FOLDERS.includes(folder))
      problems.push(`no folder is called ${folder}: a type or function lives where it is made`)
  }
  if (!/\.tsx?$/.test(file)) problems.push('is no TypeScript')
  else if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.tsx?$/.test(path.posix.basename(file)))
    problems.push('should be named in kebab-case')
  return problems
}

function checkImport(source: ReadSource, specifier: string): string[] {
  const room = roomOf(source.path)
  if (room === undefined) return []
  if (!specifier.startsWith('.')) {
    const owner = OWNERS.find(({ packages }) => packages.test(specifier))
    if (owner && !owner.rooms.includes(room))
      return [`imports ${specifier}, but ${owner.name} belongs to ${owner.rooms.join(' and ')}`]
    if (/^(?:node:)?process$/.test(specifier) && !mayReadSurroundings(source.path)) {
      return [`imports ${specifier}: what a command reads there comes in through parameters`]
    }
    return []
  }
  const target = path.posix.join(path.posix.dirname(source.path), specifier)
  if (target.startsWith('..')) return [`imports ${specifier}, which is outside src`]
  const other = roomOf(target)
  if (other === undefined) return [`imports ${specifier}, which is in no room`]
  if (other === 'commands') return [`imports ${specifier}, but nobody imports commands`]
  if (other === room) return []
  if (other === 'tui' && room !== 'commands') return [`imports ${specifier}, but only commands imports tui`]
  return isLeftOf(other, room) ? [] : [`imports ${specifier}, but ${other} is not to the left of ${room}`]
}

function checkExports({ path: file, code }: ReadSource): string[] {
  const hasDefault = /\bexport\s+default\b|\bas\s+default\b/.test(code)
  if (roomOf(file) !== 'commands') return hasDefault ? ['has a default export'] : []
  return /\bexport\s+default\s+class\s+\w+\s+extends\s+BaseCommand\b/.test(code)
    ? []
    : ['is no command: it has no default class that extends BaseCommand']
}

function checkSurroundings({ path: file, code }: ReadSource): string[] {
  if (mayReadSurroundings(file)) return []
  const read = new Set([...code.matchAll(SURROUNDINGS)].map(match => match[1]))
  return [...read].map(name => `reads process.${name}, which should come in through parameters`)
}

function mayReadSurroundings(file: string): boolean {
  return (
    ['base-command', 'unknown-command', 'commands', 'index'].includes(roomOf(file) ?? '') ||
    OWN_PROCESSES.includes(file)
  )
}

function roomOf(file: string): Room | undefined {
  const first = file.split('/')[0]!.replace(/\.[jt]sx?$/, '')
  return SLOTS.flat().find(room => room === first)
}

/** Whether the first room is to the left of the second. Rooms of one slot are not, except for files in their order. */
function isLeftOf(other: Room, room: Room): boolean {
  const slotOf = (name: Room) => SLOTS.findIndex(slot => (slot as readonly Room[]).includes(name))
  if (slotOf(other) !== slotOf(room)) return slotOf(other) < slotOf(room)
  const rooms: readonly Room[] = SLOTS.flat()
  return FILES.includes(other) && rooms.indexOf(other) < rooms.indexOf(room)
}
