// The pages in docs/commands and the README's list of commands, from oclif's manifest.
const GLOBAL = ['json', 'workbook']

/** File name → content, one page for each command or topic. */
export function commandPages(manifest, topics) {
  const pages = new Map()
  for (const [name, commands] of byName(manifest)) {
    const own = commands.length === 1 && commands[0].id === name
    const intro = own ? [] : [`# ${title(name)}`, topics[name]?.description ?? '']
    const parts = [...intro, ...commands.flatMap(command => describe(command, own ? '#' : '##'))]
    const end =
      '`--json` gives the result as data. `--workbook DIR` names the workbook, if it isn’t the closest one above this folder.'
    pages.set(`${name}.md`, `${[...parts, end].join('\n\n')}\n`)
  }
  return pages
}

/** A table of all commands with links to their pages. */
export function commandTable(manifest) {
  const rows = byName(manifest).flatMap(([name, commands]) =>
    commands.map(
      ({ id, summary }) => `| [\`${title(id)}\`](docs/commands/${name}.md) | ${cell(fill(summary, id))} |`,
    ),
  )
  return ['| command | |', '|---|---|', ...rows].join('\n')
}

function byName(manifest) {
  const commands = Object.values(manifest.commands).filter(({ hidden }) => !hidden)
  const names = [...new Set(commands.map(({ id }) => id.split(':')[0]))].sort()
  return names.map(name => [
    name,
    commands.filter(({ id }) => id.split(':')[0] === name).sort((a, b) => (a.id < b.id ? -1 : 1)),
  ])
}

function describe({ id, summary, description, args, flags, examples, columnNames }, heading) {
  const own = Object.values(flags).filter(({ name, hidden }) => !GLOBAL.includes(name) && !hidden)
  const rows = [
    ...Object.values(args).map(arg => [`\`${argumentName(arg)}\``, arg]),
    ...own.map(flag => [`\`${flagName(flag)}\``, flag]),
  ]
  return [
    `${heading} ${title(id)}`,
    fill(summary, id),
    ...(description ? [fill(description, id)] : []),
    ['```sh', ...(examples ?? []).map(example => fill(example.command ?? example, id)), '```'].join('\n'),
    ...(rows.length === 0
      ? []
      : [
          [
            '| | |',
            '|---|---|',
            ...rows.map(([name, what]) => `| ${cell(name)} | ${cell(meaning(what))} |`),
          ].join('\n'),
        ]),
    ...(columnNames ? describeColumns(columnNames, heading) : []),
  ]
}

/** Tables of the names by which columns are known, one for each kind of data. */
function describeColumns(kinds, heading) {
  return kinds.flatMap(({ kind, names, required, note }) => [
    `${heading}# Columns of ${kind}`,
    `Needed: ${required.map(group => group.map(column => `\`${column}\``).join(' or ')).join(', ')}.${note ? ` ${note}` : ''}`,
    [
      '| column | known by the names |',
      '|---|---|',
      ...Object.entries(names).map(
        ([column, known]) => `| \`${column}\` | ${known.map(name => `\`${cell(name)}\``).join(', ')} |`,
      ),
    ].join('\n'),
  ])
}

function argumentName({ name, required, multiple }) {
  const shown = `${name.toUpperCase()}${multiple ? '…' : ''}`
  return required ? shown : `[${shown}]`
}

function flagName({ name, char, type, helpValue, options }) {
  const value =
    type === 'boolean' ? '' : ` ${helpValue ?? (options ? options.join('|') : name.toUpperCase())}`
  return `${char ? `-${char}, ` : ''}--${name}${value}`
}

function meaning({ description, required, default: value, type }) {
  const notes = [
    ...(required ? ['required'] : []),
    ...(value !== undefined && type !== 'boolean' ? [`default: ${value}`] : []),
  ]
  return `${description ?? ''}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
}

const title = id => `whyslow ${id.replaceAll(':', ' ')}`
const fill = (text, id) =>
  text.replaceAll('<%= config.bin %>', 'whyslow').replaceAll('<%= command.id %>', id.replaceAll(':', ' '))
const cell = text => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
