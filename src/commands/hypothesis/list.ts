import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderHypotheses } from '../../reports/hypotheses.js'
import { listHypotheses, type HypothesisList as Result } from '../../steps/list-hypotheses.js'

export default class HypothesisList extends BaseCommand {
  static override summary = 'All hypotheses: what became of each, and what testing them has cost.'
  static override description = [
    'A disproved one keeps its place. Each test that could confirm is wrong at most one time in twenty, and a workbook has many: the',
    'error budget says how many false confirmations its tests would be expected to give by luck. A watch is one test, however many looks',
    'it took. With the exit code 2 when the file of a story has a mistake; the others are listed all the same.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> get-orders --json',
  ]
  static override args = { story: Args.string({ description: 'Only those of the story with this id' }) }

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(HypothesisList)
    const result = await listHypotheses(await this.openWorkbook(flags), args.story)
    if (result.warnings.length > 0) process.exitCode = 2
    return this.show(result, renderHypotheses(result, this.style))
  }
}
