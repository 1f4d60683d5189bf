import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderRoutesChanged } from '../../reports/routes.js'
import { removeTemplate, toTemplate } from '../../steps/edit-templates.js'
import { changeRoutes, type RoutesChanged } from '../../steps/manage-routes.js'
import { isAlive } from '../../workbook/lock.js'

export default class RoutesRemove extends BaseCommand {
  static override summary = 'Take out a template that stands for too much: its paths are told apart again.'
  static override description = [
    'Routes are inferred again from the stored paths, without it. One that stands for any text is noted under “apart” in routes.yaml,',
    'so that no import finds it again. Stories that name the route are listed: only a person knows which of its paths they are about.',
  ].join(' ')
  static override examples = ['<%= config.bin %> <%= command.id %> /api/:slug']
  static override args = {
    template: Args.string({ description: 'A template, as whyslow routes shows it', required: true }),
  }

  async run(): Promise<RoutesChanged> {
    const { args, flags } = await this.parse(RoutesRemove)
    const workbook = await this.openWorkbook(flags)
    const template = toTemplate(args.template)
    const changed = await this.throughRequests(workbook, () =>
      changeRoutes(workbook, file => removeTemplate(file, template), {
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
