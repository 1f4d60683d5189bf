/** Words that are no command, or one that takes no such words: the same kind of error as all others, with the closest command. */
import type { Hook } from '@oclif/core'
import { WhyslowError } from './errors.js'
import { escapeJson } from './reports/escape.js'
import { failureAsData, renderFailure } from './reports/failure.js'
import { styleOn, wantsColor } from './terminal.js'
import { findClosest } from './workbook/yaml-problems.js'

/** oclif's hook `command_not_found`. */
export const unknownCommand: Hook.CommandNotFound = async ({ id, argv = [], config }) => {
  const commands = config.commands.filter(command => !command.hidden).map(command => command.id)
  const error = explain(wordsOf(id, process.argv.slice(2)), commands, config.bin)
  process.exitCode = error.exit
  if (argv.includes('--json')) {
    process.stdout.write(`${escapeJson(JSON.stringify({ error: failureAsData(error) }, null, 2))}\n`)
    return
  }
  const style = styleOn(process.stdout, process.env)
  const text = renderFailure(error, { ...style, color: wantsColor(process.stderr, process.env) })
  process.stderr.write(`${text}\n`)
}

/** An id has colons for spaces, where a route may have its own: as they were typed, if they are there. */
function wordsOf(id: string, typed: readonly string[]): readonly string[] {
  const ends = typed.findIndex((_, i) => typed.slice(0, i + 1).join(':') === id)
  return ends < 0 ? id.split(':') : typed.slice(0, ends + 1)
}

function explain(words: readonly string[], commands: readonly string[], bin: string): WhyslowError {
  // What may be a command: all words, all but the last one, …
  const starts = words.map((_, i) => words.slice(0, words.length - i).join(':'))
  const lineOf = (id: string) => `${bin} ${id.replaceAll(':', ' ')}`
  const known = starts.find(start => commands.includes(start))
  if (known !== undefined) {
    const rest = words.slice(known.split(':').length).join(' ')
    return new WhyslowError(`${lineOf(known)} takes flags only, found “${rest}”.`, {
      next: [`${lineOf(known)} --help`],
    })
  }
  const topics = [...new Set(commands.map(command => command.split(':')[0]!))]
  const [first = ''] = words
  const closest =
    commands.find(command => command.endsWith(`:${first}`)) ??
    starts.map(start => findClosest(start, [...commands, ...topics])).find(found => found !== undefined)
  const isTopic = commands.some(command => command.startsWith(`${first}:`))
  const all = isTopic ? `All commands of ${first}: ${bin} help ${first}` : `All commands: ${bin} help`
  return new WhyslowError(`There is no command “${words.join(' ')}”.`, {
    next: [...(closest === undefined ? [] : [lineOf(closest)]), all],
  })
}
