/** What `bench init` made, as text. */
import { paint, plain, type Style } from '../style.js'

interface ShownFile {
  file: string
  what: 'scenario' | 'workflow' | 'include'
  isNew: boolean
}

const PURPOSE: Record<ShownFile['what'], string> = {
  scenario: 'how the service is started, the load on it, and what a change has to pass',
  workflow: 'compares each pull request, and measures every night',
  include: 'includes it',
}

export function renderBenchInit(files: readonly ShownFile[], style: Style): string {
  const width = Math.max(...files.map(({ file }) => plain(style, file).length))
  const lines = files.map(({ file, what, isNew }) => {
    const said = isNew ? PURPOSE[what] : 'was there already, and stays as it is'
    return `  ${plain(style, file).padEnd(width)}  ${paint(style, 'dim', said)}`
  })
  const made = files.filter(({ isNew }) => isNew).length
  const head = made === 0 ? 'Nothing was written: all of it is there already.' : 'Written:'
  return [head, ...lines, '', ...nextSteps(files, style)].join('\n')
}

function nextSteps(files: readonly ShownFile[], style: Style): string[] {
  const scenario = files.find(({ what }) => what === 'scenario')!
  const include = files.find(({ what }) => what === 'include')
  const workflow = files.find(({ what }) => what === 'workflow')
  const steps =
    include && !include.isNew && workflow
      ? [
          `Add to ${include.file}, where it isn’t there: include: [{local: /${workflow.file.replace(/^(?:\.\.\/)+/, '')}}]`,
        ]
      : []
  if (include) steps.push('A schedule starts the nightly job: Build > Pipeline schedules, in GitLab.')
  const run = paint(style, 'bold', plain(style, `whyslow bench run ${scenario.file}`))
  return [
    ...steps.map(step => plain(style, step)),
    `Next: ${scenario.isNew ? `fill in ${plain(style, scenario.file)}, then ` : ''}${run}`,
  ]
}
