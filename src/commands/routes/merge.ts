import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderRoutesChanged } from '../../reports/routes.js'
import { mergeTemplates, toTemplate } from '../../steps/edit-templates.js'
import { changeRoutes, type RoutesChanged } from '../../steps/manage-routes.js'
import { isAlive } from '../../workbook/lock.js'

export default class RoutesMerge extends BaseCommand {
  static override summary = 'Make one template of several, or of paths that are routes by themselves.'
  static override description = [
    'The template must stand for all of them: one whose parameter has a name of its own stands for any text.',
    'Stories that name one of the routes are about the merged one from then on.',
  ].join(' ')
  static override strict = false
  static override examples = [
    '<%= config.bin %> <%= command.id %> /articles/search /articles/:slug --into /articles/:article',
    '<%= config.bin %> <%= command.id %> /en/help /de/help --into /:language/help',
  ]
  static override args = {
    template: Args.string({ description: 'Templates, or paths that are routes', required: true }),
  }
  static override flags = {
    into: Flags.string({ description: 'The template that stands for them', required: true }),
  }

  async run(): Promise<RoutesChanged> {
    const { argv, flags } = await this.parse(RoutesMerge)
    const workbook = await this.openWorkbook(flags)
    const from = (argv as string[]).map(toTemplate)
    const into = toTemplate(flags.into)
    const changed = await this.throughRequests(workbook, () =>
      changeRoutes(workbook, (file, paths) => mergeTemplates(file, from, into, paths), {
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
