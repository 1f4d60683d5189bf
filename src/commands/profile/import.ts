import os from 'node:os'
import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { renderImportedProfiles } from '../../reports/imported-profiles.js'
import type { ImportedProfiles } from '../../steps/import-profiles.js'
import { shortenPath } from '../../workbook/workbook.js'

export default class ProfileImport extends BaseCommand {
  static override summary = 'Read profiles that other tools took, and file them in a story.'
  static override description = [
    '.cpuprofile, .heapprofile, pprof, collapsed stacks, the text of perf script, and speedscope JSON, each in gzip too;',
    "the format is told from the content. Source maps and the packages' versions are read where the paths lead on this machine.",
    'With --story, or while a timebox is running, a copy is filed beside the story, without the name of your home folder, and the flame graph as a picture.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> CPU.20260131.cpuprofile',
    'py-spy record -d 30 -f raw -o api.raw --pid 4711 && <%= config.bin %> <%= command.id %> api.raw --story get-orders',
    'perf script > api.perf && <%= config.bin %> <%= command.id %> api.perf',
  ]
  static override args = {
    file: Args.string({ description: 'Profiles', required: true, multiple: true }),
  }
  static override flags = {
    story: Flags.string({ description: 'Where they are filed (the story whose timebox is running)' }),
    limit: Flags.integer({ description: 'Functions to show', default: 10, min: 1 }),
  }

  async run(): Promise<ImportedProfiles> {
    const { args, flags } = await this.parse(ProfileImport)
    const cwd = process.cwd()
    const workbook = await this.openAnyWorkbook(flags)
    if (flags.story && workbook === null)
      throw new WhyslowError('There is no workbook here that could hold the story.', {
        next: ['whyslow init'],
      })
    const { importProfiles } = await import('../../steps/import-profiles.js')
    const result = await this.readingFiles(args.file, () =>
      importProfiles(workbook, {
        files: args.file.map(file => path.resolve(cwd, file)),
        story: flags.story ?? null,
        home: os.homedir(),
        now: new Date(),
        limit: flags.limit,
      }),
    )
    const show = (file: string) => shortenPath(file, cwd)
    return this.show(result, renderImportedProfiles(result, show, this.style))
  }
}
