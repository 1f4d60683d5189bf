import { BaseCommand } from '../../base-command.js'
import { renderRoutesChanged } from '../../reports/routes.js'
import { changeRoutes, type RoutesChanged } from '../../steps/manage-routes.js'
import { isAlive } from '../../workbook/lock.js'

export default class RoutesApply extends BaseCommand {
  static override summary = 'Put routes.yaml, as you edited it, on every request that was imported.'
  static override description =
    'Routes are derived again from the stored paths. A route that a log gave by itself stays as it is.'
  static override examples = ['<%= config.bin %> <%= command.id %>']

  async run(): Promise<RoutesChanged> {
    const { flags } = await this.parse(RoutesApply)
    const workbook = await this.openWorkbook(flags)
    const changed = await this.throughRequests(workbook, () =>
      changeRoutes(workbook, file => file, {
        now: new Date(),
        pid: process.pid,
        isAlive,
        signal: this.signal,
        onProgress: (file, part) => this.report(`Rewriting ${file}`, part),
      }),
    )
    return this.show(changed, renderRoutesChanged(changed, this.style))
  }
}
