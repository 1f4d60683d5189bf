import os from 'node:os'
import { BaseCommand } from '../../base-command.js'
import { type ListedTool, listTools } from '../../profilers/tools/list-tools.js'
import { renderTools } from '../../reports/tools.js'
import type { Warning } from '../../warnings.js'

export default class Tools extends BaseCommand {
  static override summary = 'The profiling tools that are installed, and how to get the others.'
  static override description = [
    'For whyslow profile run. A tool that is an npm package is looked for in whyslow’s own folder of tools, in the project’s',
    'node_modules, among whyslow’s dependencies, and among the global packages on PATH. With a workbook, its samplers are listed, too.',
  ].join(' ')
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<{ tools: ListedTool[]; warnings: Warning[] }> {
    const { flags } = await this.parse(Tools)
    const { env, execPath } = process
    const cwd = process.cwd()
    const workbook = await this.openAnyWorkbook(flags)
    const samplers = { samplers: workbook?.config.samplers ?? [], dir: workbook?.dir ?? cwd }
    const tools = await listTools(samplers, { cwd, home: os.homedir(), env, node: execPath })
    return this.show({ tools, warnings: [] }, renderTools(tools, this.style))
  }
}
