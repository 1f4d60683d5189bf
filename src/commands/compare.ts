import { Args, Flags } from '@oclif/core'
import { BaseCommand, chartFlags, sliceFlags } from '../base-command.js'
import { WhyslowError } from '../errors.js'
import { parseMetric } from '../experiments/metrics.js'
import { renderComparison } from '../reports/comparison.js'
import type { Style } from '../reports/style.js'
import { DURATION_UNITS, type DurationUnit } from '../sources/layout.js'
import type { Verdict } from '../stats/verdicts.js'
import { compareFiles, type FilesComparison, type FilesQuestion } from '../steps/compare-files.js'
import { compareParts, type PartsComparison } from '../steps/compare-parts.js'
import { readMixColumns } from '../steps/hold-mix.js'
import { type ArmFlags, readArms } from '../steps/read-arms.js'
import type { SliceFlags } from '../steps/read-slice.js'
import { type Drawers, planChartFiles, type WithCharts } from '../steps/write-charts.js'
import { parseDuration, parseShareChange } from '../units.js'

const { where, 'all-traffic': allTraffic, from, to, last } = sliceFlags

export default class Compare extends BaseCommand {
  static override summary =
    'Compare two parts of the requests, or two files of numbers: better, worse, or no difference worth having?'
  static override description = [
    'What is compared is the share of good requests: answered without an error in less than the target. Sides apart in time (--before, --after)',
    'need at least 3 days each; sides at the same time (--where-before, --where-after, or --split COLUMN) need hours. Requests of one customer are',
    'never taken as independent. Where the sides differ in more than the change (another mix of routes, hours, countries), --same-mix weighs requests',
    'so that each kind has the same part of either side, that of both together. Two files need no workbook: CSV with a header, NDJSON, one number',
    'a line, and what hyperfine, k6 (--out json) and go test -bench write; --cluster names the column of what isn’t independent. The exit code is 0',
    'whatever the verdict; with --check it is 1 for worse and 3 for cannot tell yet.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> --before 2026-10-01..2026-10-08 --after 2026-10-08..2026-10-15 --where "route = \'GET /orders\'"',
    `<%= config.bin %> <%= command.id %> --where-before "upstream = '10.0.0.1:80'" --where-after "upstream = '10.0.0.2:80'"`,
    '<%= config.bin %> <%= command.id %> --split upstream --metric p95',
    '<%= config.bin %> <%= command.id %> --before 2026-10-01..2026-10-08 --after 2026-10-08..2026-10-15 --same-mix route,country',
    '<%= config.bin %> <%= command.id %> before.csv after.csv --value ms --cluster customer --check',
    '<%= config.bin %> <%= command.id %> --split upstream --svg upstreams.svg',
  ]
  static override args = {
    before: Args.string({ description: 'File of numbers, the side before' }),
    after: Args.string({ description: 'File of numbers, the side after' }),
  }
  static override flags = {
    where,
    from,
    to,
    last,
    before: Flags.string({ description: 'Time of the side before: FROM..TO', helpGroup: 'SIDES' }),
    after: Flags.string({ description: 'Time of the side after: FROM..TO', helpGroup: 'SIDES' }),
    'where-before': Flags.string({ description: 'Requests of the side before', helpGroup: 'SIDES' }),
    'where-after': Flags.string({ description: 'Requests of the side after', helpGroup: 'SIDES' }),
    split: Flags.string({
      description: 'Column with two values, each of which is a side',
      // Not `exclusive`, which the usage would show as if --before and --after excluded each other, too.
      relationships: [{ type: 'none', flags: ['before', 'after', 'where-before', 'where-after'] }],
      helpGroup: 'SIDES',
    }),
    under: Flags.string({
      description: 'Good is faster than this (the target of the workbook; of files, the p90 before)',
    }),
    metric: Flags.string({
      description: 'What the verdict is about: under, median, p95 …',
      default: 'under',
    }),
    smallest: Flags.string({
      description: 'The smallest change worth having: 1pp of the share (under), 5ms of a quantile',
    }),
    seed: Flags.integer({ description: 'Of what is resampled', default: 1 }),
    'same-mix': Flags.string({
      description: 'Compare both sides at one mix of these columns, such as route,hour',
    }),
    value: Flags.string({
      description: 'Of files: the column, metric or benchmark with the numbers',
      helpGroup: 'FILES',
    }),
    cluster: Flags.string({
      description: 'Of files: the column of what isn’t independent, such as the customer',
      helpGroup: 'FILES',
    }),
    unit: Flags.option({
      description: 'Of files: the unit of the numbers, where their name doesn’t say it (ms)',
      options: Object.keys(DURATION_UNITS) as DurationUnit[],
      helpGroup: 'FILES',
    })(),
    check: Flags.boolean({ description: "Exit with 1 when it is worse, 3 when it can't be told yet" }),
    'all-traffic': allTraffic,
    ...chartFlags,
  }

  async run(): Promise<WithCharts<FilesComparison | PartsComparison>> {
    const { args, flags } = await this.parse(Compare)
    const charts = await planChartFiles(flags, process.cwd())
    const { seed, under = null, value, cluster, unit } = flags
    const asked = { ...readMetric(flags), seed, under }
    const files = twoFiles(args, flags)
    const result = await (files
      ? this.withProgress(() => compareFiles({ ...asked, ...files, value, cluster, unit }))
      : this.compareParts(flags, asked))
    if (flags.check) process.exitCode = EXITS[result.verdict] ?? 0
    const text = (style: Style) => renderComparison(result, style)
    const draw = (drawers: Drawers) => drawers.chartComparison(result)
    const title = `Before and after: ${result.verdict}`
    const data = files ? { data: [files.before, files.after] } : {}
    return this.showAndDraw(result, charts, { title, draw, text, ...data })
  }

  private async compareParts(flags: Flagged, asked: Asked): Promise<PartsComparison> {
    const arms = flags.split === undefined ? readArms(flags) : { split: flags.split }
    if (arms === null) throw withoutSides()
    const workbook = await this.openWorkbook(flags)
    return this.withStore(workbook, store =>
      compareParts(workbook, store, {
        slice: this.readSlice(workbook, store, flags),
        arms,
        route: null,
        sameMix: readMixColumns(flags['same-mix']),
        ...asked,
      }),
    )
  }
}

type Flagged = ArmFlags &
  SliceFlags & { split?: string | undefined; 'same-mix'?: string | undefined; workbook?: string | undefined }
type Asked = Pick<FilesQuestion, 'metric' | 'smallest' | 'smallest_ms' | 'seed' | 'under'>

const EXITS: Partial<Record<Verdict, number>> = { worse: 1, 'cannot tell yet': 3 }

function readMetric(flags: {
  metric: string
  smallest?: string | undefined
}): Pick<Asked, 'metric' | 'smallest' | 'smallest_ms'> {
  const metric = parseMetric(flags.metric)
  const { smallest } = flags
  if (smallest === undefined) return { metric, smallest: null, smallest_ms: null }
  return metric === 'under'
    ? { metric, smallest: parseShareChange(smallest), smallest_ms: null }
    : { metric, smallest: null, smallest_ms: parseDuration(smallest) }
}

/** Null when no file is named. */
function twoFiles(
  { before, after }: { before?: string | undefined; after?: string | undefined },
  flags: Flagged,
): { before: string; after: string } | null {
  if (before === undefined) return null
  if (after === undefined)
    throw new WhyslowError(`${before} is one side; the file of the other one is missing.`, {
      next: [
        'whyslow compare before.csv after.csv',
        'Parts of the workbook: --before FROM..TO --after FROM..TO',
      ],
    })
  const sides = [
    'before',
    'after',
    'where-before',
    'where-after',
    'split',
    'where',
    'from',
    'to',
    'last',
    'same-mix',
  ] as const
  const given = sides.find(name => flags[name] !== undefined)
  if (given !== undefined)
    throw new WhyslowError(`--${given} is about the workbook's requests, and two files are named.`)
  return { before, after }
}

function withoutSides(): WhyslowError {
  return new WhyslowError('Which two sides are to be compared?', {
    next: [
      'Apart in time: --before FROM..TO --after FROM..TO',
      `Side by side: --where-before "upstream = '…'" --where-after "upstream = '…'"`,
      'By a column with two values: --split upstream',
      'Two files: whyslow compare before.csv after.csv',
    ],
  })
}
