import { Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderBenchInit } from '../../reports/benchmarks/init.js'
import { type BenchFile, CI_SYSTEMS, initBench } from '../../steps/benchmarks/init-bench.js'

export default class BenchInit extends BaseCommand {
  static override summary = 'Write an example scenario, and a workflow that runs benchmarks in CI.'
  static override description = [
    'A scenario in bench/ says how the service is started, the load on it, and what a change has to pass; every key is there, some as a comment. With',
    '--ci, a workflow compares each pull request with what it branched off from, and measures every night, so that a change is found that came in',
    'slowly. What is there already is never changed. Needs no workbook.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --name orders --command "node server.js" --url http://127.0.0.1:3000/orders',
    '<%= config.bin %> <%= command.id %> --ci github',
  ]
  static override flags = {
    name: Flags.string({
      description: 'Of the scenario: bench/NAME.yaml (that of the folder, where there is no scenario yet)',
    }),
    command: Flags.string({ description: 'Starts the service (node server.js)' }),
    url: Flags.string({ description: 'What is asked for, and tells that the service is there' }),
    ci: Flags.option({ description: 'Also write a workflow for this CI system', options: CI_SYSTEMS })(),
  }

  async run(): Promise<{ files: BenchFile[] }> {
    const { flags } = await this.parse(BenchInit)
    const { name = null, ci = null, command, url } = flags
    const wish = {
      name,
      ci,
      ...(command === undefined ? {} : { command }),
      ...(url === undefined ? {} : { url }),
    }
    const files = await initBench(wish, process.cwd())
    return this.show({ files }, renderBenchInit(files, this.style))
  }
}
