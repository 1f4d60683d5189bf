import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { renderTemplates, type TemplateList } from '../reports/routes.js'
import { listRoutes } from '../steps/list-routes.js'
import type { Warning } from '../warnings.js'

type Result = TemplateList & { warnings: Warning[] }

export default class Routes extends BaseCommand {
  static override summary = 'The path templates: what each stands for, with examples.'
  static override description = [
    'Imports infer them from all paths together, and keep them in routes.yaml: /orders/:id stands for ids (digits, UUIDs, long hex),',
    ':uuid for UUIDs, :date for dates, any other name such as :slug for any text. What you rename, merge or add is yours: no import changes it.',
    'Commit routes.yaml.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> rename /orders/:id /orders/:order',
    '<%= config.bin %> <%= command.id %> remove /api/:slug',
  ]
  static override flags = {
    all: Flags.boolean({ description: 'Also paths that are routes by themselves' }),
    limit: Flags.integer({ description: 'Templates to show as text', default: 40, min: 1 }),
  }

  async run(): Promise<Result> {
    const { flags } = await this.parse(Routes)
    const workbook = await this.openWorkbook(flags)
    const list = await this.withStore(workbook, store => listRoutes(workbook, store, { all: flags.all }))
    return this.show({ ...list, warnings: [] }, renderTemplates(list, flags.limit, this.style))
  }
}
