/** Words that are no command, or one that takes no such words: the same kind of error as all others, with the closest command. */
import type { Hook } from '@oclif/core'
import { WhyslowError } from './errors.js'
import { escapeJson } from './reports/escape.js'
import { failureAsData, renderFailure } from './reports/failure.js'
import { styleOn, wantsColor } from './terminal.js'
import { findClosest } from './workbook/yaml-problems.js'

/** oclif's hook `command_not_found`. */
export const unknownCommand: Hook.CommandNotFound = async ({ id, argv = [], config }) => {
  const visible = config.commands.filter(command => !command.hidden)
  const error = explain(
    id.split(':'),
    visible.map(command => command.id),
    config.bin,
  )
  process.exitCode = error.exit
  if (argv.includes('--json')) {
    process.stdout.write(`${escapeJson(JSON.stringify({ error: failureAsData(error) }, null, 2))}\n`)
    return
  }
  const style = styleOn(process.stdout, process.env)
  const text = renderFailure(error, { ...style, color: wantsColor(process.stderr, process.env) })
  process.stderr.write(`${text}\n`)
}

function explain(words: readonly string[], commands: readonly string[], bin: string): WhyslowError {
  // What may be a command: all words, all but the last one, …
  const starts = words.map((_, i) => words.slice(0, words.length - i).join(':'))
  const typed = (id: string) => `${bin} ${id.replaceAll(':', ' ')}`
  const known = starts.find(start => commands.includes(start))
  if (known !== undefined) {
    const rest = words.slice(known.split(':').length).join(' ')
    return new WhyslowError(`${typed(known)} takes flags only, found “${rest}”.`, {
      next: [`${typed(known)} --help`],
    })
  }
  const closest = starts.map(start => findClosest(start, commands)).find(found => found !== undefined)
  const topic = words[0]!
  const all = commands.some(command => command.startsWith(`${topic}:`))
    ? `All commands of ${topic}: ${bin} help ${topic}`
    : `All commands: ${bin} help`
  return new WhyslowError(`There is no command “${words.join(' ')}”.`, {
    next: [...(closest === undefined ? [] : [typed(closest)]), all],
  })
}
