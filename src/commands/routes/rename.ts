import { Args } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { renderRoutesChanged } from '../../reports/routes.js'
import { mergeTemplates, toTemplate } from '../../steps/edit-templates.js'
import { changeRoutes, type RoutesChanged } from '../../steps/manage-routes.js'
import { isAlive } from '../../workbook/lock.js'

export default class RoutesRename extends BaseCommand {
  static override summary = 'Give a path template another name, here and on every request that was imported.'
  static override description = [
    'The new template must stand for what the old one stood for; it may stand for more. Stories that name the route follow it.',
    'A route that a log gave by itself stays as it is.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> /orders/:id /orders/:order',
    '<%= config.bin %> <%= command.id %> /u/:slug/posts /u/:user/posts',
  ]
  static override args = {
    from: Args.string({ description: 'A template, as whyslow routes shows it', required: true }),
    to: Args.string({ description: 'What it is called from now on', required: true }),
  }

  async run(): Promise<RoutesChanged> {
    const { args, flags } = await this.parse(RoutesRename)
    const workbook = await this.openWorkbook(flags)
    const [from, to] = [toTemplate(args.from), toTemplate(args.to)]
    const changed = await this.throughRequests(workbook, () =>
      changeRoutes(workbook, (file, paths) => mergeTemplates(file, [from], to, paths), {
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
