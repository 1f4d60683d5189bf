import path from 'node:path'
import { Args } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { WhyslowError } from '../errors.js'
import { renderInit } from '../reports/init.js'
import { storySchema } from '../stories/schema.js'
import { createWorkbook } from '../workbook/workbook.js'

export default class Init extends BaseCommand {
  static override summary = 'Make a folder a workbook.'
  static override description = [
    'A workbook is a folder that lives in git beside the code: whyslow.yaml, the stories, and .whyslow/ with the',
    'imported data, which git ignores. What is there already is never changed; what is missing is added.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> performance',
  ]
  static override args = {
    dir: Args.string({ description: 'Folder, made when it is missing (this one)', ignoreStdin: true }),
  }

  async run(): Promise<{ dir: string; isNew: boolean; created: string[] }> {
    const { args, flags } = await this.parse(Init)
    // What the environment names is where other commands look; a new workbook is made only where this command says.
    const isNamed = this.argv.some(word => word === '--workbook' || word.startsWith('--workbook='))
    const named = isNamed ? flags.workbook : undefined
    if (args.dir !== undefined && named !== undefined) throw twoFolders(args.dir, named)
    const workbook = await createWorkbook(args.dir ?? named ?? '.', { story: storySchema })
    const shown = path.relative(process.cwd(), workbook.dir) || '.'
    return this.show(
      workbook,
      renderInit(workbook, shown.startsWith('..') ? workbook.dir : shown, this.style),
    )
  }
}

function twoFolders(dir: string, workbook: string): WhyslowError {
  return new WhyslowError(`Two folders are named: “${dir}” and --workbook “${workbook}”.`, {
    next: [`whyslow init ${dir}`, `whyslow init ${workbook}`],
  })
}
