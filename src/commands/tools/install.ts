import os from 'node:os'
import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { INSTALLABLE, type InstalledTool, installTool } from '../../profilers/tools/install-tool.js'
import type { Warning } from '../../warnings.js'
import { isAlive } from '../../workbook/lock.js'

export default class ToolsInstall extends BaseCommand {
  static override summary = 'Install a profiling tool into whyslow’s own folder of tools.'
  static override description = [
    'clinic brings 694 packages and 154 MB, so whyslow doesn’t depend on it: this installs it into',
    '$XDG_DATA_HOME/whyslow/tools (~/.local/share/whyslow/tools), with npm, in exactly the versions that whyslow was tried with.',
    'An installation that fails or is interrupted changes nothing.',
  ].join(' ')
  static override examples = ['<%= config.bin %> <%= command.id %> clinic']
  static override args = {
    tool: Args.string({ description: 'The tool', required: true, options: [...INSTALLABLE] }),
  }

  /** npm and its children are ended, and what it had written is removed. */
  protected override readonly grace_ms = 30_000

  async run(): Promise<InstalledTool & { warnings: Warning[] }> {
    const { args } = await this.parse(ToolsInstall)
    const { env, execPath, pid } = process
    const surroundings = { cwd: process.cwd(), home: os.homedir(), env, node: execPath }
    const tool = await this.withProgress(() => {
      this.report(`npm installs ${args.tool}`)
      return installTool(args.tool, { surroundings, pid, isAlive, signal: this.signal })
    })
    return this.show({ ...tool, warnings: [] }, `${tool.name} ${tool.version} is in ${tool.file}`)
  }
}
