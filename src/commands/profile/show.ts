import os from 'node:os'
import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import { escapeTerminal } from '../../reports/escape.js'
import { renderProfile } from '../../reports/profile.js'
import { listExports } from '../../steps/export-profile.js'
import { describeAsData, type ProfileData } from '../../steps/profile-data.js'
import { showProfiles } from '../../steps/show-profiles.js'
import { planChartFiles, planFile, type WithCharts } from '../../steps/write-charts.js'
import { drawProfiles, type WrittenProfile, writeProfile } from '../../steps/write-profile.js'

export default class ProfileShow extends BaseCommand {
  static override summary =
    'What profiles say: hottest functions, whose code, the heaviest path, a flame graph, and what to look at next.'
  static override description = [
    'Reads what whyslow and other tools write. Several files, and the threads in one, are added up; of a story, its latest capture is shown.',
    'Shares are of the time that was active: idle time is in none of them, and not in the flame graph.',
    'With --html and --svg the flame graph is written, too: a page to search and zoom into, a picture for a ticket. With --open that page is written beside the profile',
    'and opened; with --as the profile is written in another form instead, for another tool.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> app.cpuprofile',
    '<%= config.bin %> <%= command.id %> get-invoices-id-pdf --per-second 40',
    '<%= config.bin %> <%= command.id %> worker-1.cpuprofile worker-2.cpuprofile --open',
    '<%= config.bin %> <%= command.id %> app.cpuprofile --svg flame.svg --html flame.html',
    '<%= config.bin %> <%= command.id %> app.cpuprofile --as pprof --out app.pb.gz',
  ]
  static override strict = false
  static override args = {
    profile: Args.string({
      description: 'Files, names of files beside a story, or ids of stories',
      required: true,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    limit: Flags.integer({ description: 'Functions to show', default: 10, min: 1 }),
    group: Flags.string({
      description: 'Only functions of this group: "own code", express, node, v8/gc, native',
    }),
    requests: Flags.integer({
      description: 'Requests that were answered meanwhile: shows times per request',
      min: 1,
      helpGroup: 'PER REQUEST',
    }),
    'per-second': Flags.string({
      description: 'Or how many were answered a second',
      helpValue: 'RATE',
      exclusive: ['requests'],
      helpGroup: 'PER REQUEST',
    }),
    as: Flags.string({
      description: 'Write it in this form, to stdout or --out',
      options: listExports(),
      exclusive: ['html', 'svg', 'open'],
      helpGroup: 'WRITE',
    }),
    html: Flags.string({
      description: 'Also write a page with the flame graph, to search and zoom into',
      helpValue: 'FILE',
      helpGroup: 'WRITE',
    }),
    svg: Flags.string({
      description: 'Also write the flame graph as a picture',
      helpValue: 'FILE',
      helpGroup: 'WRITE',
    }),
    open: Flags.boolean({
      description: 'Open the page: that of --html or --out, else one beside the profile',
      exclusive: ['svg'],
      helpGroup: 'WRITE',
    }),
    out: Flags.string({
      description: 'The file that --as or --open writes',
      helpValue: 'FILE',
      exclusive: ['html', 'svg'],
      relationships: [{ type: 'some', flags: ['as', 'open'] }],
      helpGroup: 'WRITE',
    }),
  }

  async run(): Promise<WithCharts<ProfileData> | WrittenProfile> {
    const { flags, argv } = await this.parse(ProfileShow)
    const cwd = process.cwd()
    const files = await planChartFiles(flags, cwd)
    const page =
      flags.open && flags.out !== undefined
        ? await planFile(flags.out, { kind: 'html', flag: '--out', cwd })
        : undefined
    const show = (file: string) => {
      const short = path.relative(cwd, file)
      return short.length < file.length ? short : file
    }
    const workbook = await this.openAnyWorkbook(flags)
    const names = argv as string[]
    const shown = await this.readingFiles(names, () =>
      showProfiles(workbook, {
        names,
        cwd,
        requests: flags.requests ?? null,
        perSecond: readRate(flags['per-second']),
        group: flags.group ?? null,
        limit: flags.limit,
        show,
      }),
    )
    if (!flags.as && !flags.open) {
      const warnings = await drawProfiles(shown, files, os.homedir())
      for (const file of Object.values(files)) this.say(`Written: ${show(file)}`)
      const data = describeAsData({ ...shown, warnings })
      const written = Object.keys(files).length === 0 ? {} : { files }
      return this.show({ ...data, ...written }, renderProfile(shown, show, this.style))
    }
    const { written, content } = await writeProfile(shown, {
      as: flags.as ?? null,
      out: files.html ?? page ?? flags.out ?? null,
      cwd,
      home: os.homedir(),
      stdout: this.jsonEnabled() ? 'json' : process.stdout.isTTY ? 'terminal' : 'pipe',
      opener: flags.open ? process : null,
    })
    if (content !== null) process.stdout.write(content)
    if (flags.open && !written.opened)
      this.note('There is no screen or no browser here.', `Open ${written.file}`)
    return this.show(written, written.file === null ? '' : escapeTerminal(show(written.file)))
  }
}

function readRate(text: string | undefined): number | null {
  if (text === undefined) return null
  const rate = Number(text)
  if (rate > 0 && rate < Infinity) return rate
  throw new WhyslowError(`Expected requests a second, a number above 0, found “${text}”.`, {
    next: ['whyslow profile show FILE --per-second 40'],
  })
}
