import path from 'node:path'
import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../../base-command.js'
import { WhyslowError } from '../../errors.js'
import type { ProfileDiff } from '../../profilers/diff-profiles.js'
import { renderProfileDiff } from '../../reports/profile-diff.js'
import { shortenPath } from '../../workbook/workbook.js'

export default class ProfileDiffCommand extends BaseCommand {
  static override summary =
    'What takes longer than before, in milliseconds per request, and what is only noise.'
  static override description = [
    'Compares the profiles of two versions, function by function and call by call. Sides may differ in duration and in sampling interval.',
    'What changed is beyond noise with all functions that are compared taken together; of two captures of the same code, 19 of 20 show nothing.',
    'One capture a side shows only large changes, since two runs of the same code differ, too; take three or more of each, in turns.',
    'Give the requests that each capture saw: without them times are per second, and more load looks like slower code.',
    'The exit code is 0 whatever changed; with --check it is 1 when something takes longer.',
  ].join('\n')
  static override examples = [
    '<%= config.bin %> <%= command.id %> old.cpuprofile new.cpuprofile --requests-before 12040 --requests-after 11986',
    '<%= config.bin %> <%= command.id %> old.cpuprofile new.cpuprofile --html diff.html',
    '<%= config.bin %> <%= command.id %> --before a1.cpuprofile --before a2.cpuprofile --after b1.cpuprofile --after b2.cpuprofile --requests 900,905,910,899 --check',
  ]
  static override args = {
    before: Args.string({ description: 'Profile of the side before', ignoreStdin: true }),
    after: Args.string({ description: 'Profile of the side after', ignoreStdin: true }),
  }
  static override flags = {
    before: Flags.string({
      description: 'A capture of the side before; several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      helpGroup: 'SIDES',
    }),
    after: Flags.string({
      description: 'A capture of the side after; several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      helpGroup: 'SIDES',
    }),
    'requests-before': Flags.string({
      description: 'Requests answered during the captures before: a sum, or one number each (900,905)',
      helpValue: 'N',
      dependsOn: ['requests-after'],
      helpGroup: 'PER REQUEST',
    }),
    'requests-after': Flags.string({
      description: 'The same of the captures after',
      helpValue: 'N',
      dependsOn: ['requests-before'],
      helpGroup: 'PER REQUEST',
    }),
    requests: Flags.string({
      description: 'One number for each capture, those before first',
      helpValue: 'N,M',
      exclusive: ['requests-before', 'requests-after'],
      helpGroup: 'PER REQUEST',
    }),
    limit: Flags.integer({ description: 'Functions within noise to show', default: 5, min: 0 }),
    html: Flags.string({
      description: 'Write a page with flame graphs of the difference, by both sides’ widths',
      helpValue: 'FILE',
    }),
    check: Flags.boolean({ description: 'Exit with 1 when something takes longer, beyond noise' }),
  }

  async run(): Promise<ProfileDiff> {
    const { args, flags } = await this.parse(ProfileDiffCommand)
    const cwd = process.cwd()
    const { diffCaptures, writeDiffPage } = await import('../../steps/diff-captures.js')
    const sides = readSides(args, flags)
    const requests = readRequests(flags, sides)
    const result = await this.readingFiles([...sides.before, ...sides.after], () =>
      diffCaptures({ ...sides, requests }),
    )
    if (flags.html !== undefined) await writeDiffPage(path.resolve(cwd, flags.html), result)
    const { diff } = result
    const grew = diff.frames.some(one => [one, one.total].some(it => it?.significant && it.change_ms > 0))
    if (flags.check && grew) process.exitCode = 1
    const show = (file: string) => shortenPath(file, cwd)
    return this.show(diff, renderProfileDiff(diff, show, { style: this.style, limit: flags.limit }))
  }
}

interface Sides {
  before: string[]
  after: string[]
}

function readSides(
  args: { before?: string | undefined; after?: string | undefined },
  flags: { before?: string[] | undefined; after?: string[] | undefined },
): Sides {
  const sides = { before: flags.before ?? [], after: flags.after ?? [] }
  const isNamed = sides.before.length + sides.after.length > 0
  if (args.before !== undefined && args.after !== undefined && !isNamed)
    return { before: [args.before], after: [args.after] }
  if (args.before === undefined && sides.before.length > 0 && sides.after.length > 0) return sides
  throw new WhyslowError('Expected two profiles, or both --before and --after.', {
    next: [
      'whyslow profile diff old.cpuprofile new.cpuprofile',
      'Several captures a side: --before FILE --before FILE --after FILE --after FILE',
    ],
  })
}

function readRequests(
  flags: {
    'requests-before'?: string | undefined
    'requests-after'?: string | undefined
    requests?: string | undefined
  },
  { before, after }: Sides,
): { before: number[]; after: number[] } | null {
  const { requests, 'requests-before': ofBefore, 'requests-after': ofAfter } = flags
  if (requests !== undefined) {
    const counts = readCounts(requests)
    const captures = before.length + after.length
    if (counts.length === captures)
      return { before: counts.slice(0, before.length), after: counts.slice(before.length) }
    throw new WhyslowError(`--requests has ${counts.length} counts, and there are ${captures} captures.`, {
      next: ['One count for each capture, those before first: --requests 12040,11986'],
    })
  }
  if (ofBefore === undefined || ofAfter === undefined) return null
  return { before: readCounts(ofBefore), after: readCounts(ofAfter) }
}

function readCounts(text: string): number[] {
  const counts = text.split(',').map(part => (/^\s*\d+\s*$/.test(part) ? Number(part) : 0))
  if (counts.every(count => count > 0)) return counts
  throw new WhyslowError(`Expected counts of requests such as 12040 or 900,905, found “${text}”.`)
}
