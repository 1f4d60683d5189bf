/** Arguments and flags that several commands share. */
import { Args, Flags } from '@oclif/core'

/** What a question is about; see `resolveSubject`. */
export const subjectArg = Args.string({
  description: 'A route as overview names it, or the id of a story',
  required: true,
  ignoreStdin: true,
})

/** The flags that narrow a question to a slice. */
export const sliceFlags = {
  where: Flags.string({
    char: 'w',
    description: `Only requests for which this SQL expression holds, e.g. "status >= 500"`,
    helpGroup: 'SLICE',
  }),
  from: Flags.string({
    description: 'Only requests since this time (2026-10-05, 2026-10-05T14:00, UTC)',
    helpGroup: 'SLICE',
  }),
  to: Flags.string({ description: 'Only requests before this time', helpGroup: 'SLICE' }),
  last: Flags.string({
    description: 'Only the last part of the data: 24h, 7d',
    // Not `exclusive`, which the usage would show as if --from and --to excluded each other, too.
    relationships: [{ type: 'none', flags: ['from', 'to'] }],
    helpGroup: 'SLICE',
  }),
  'all-traffic': Flags.boolean({
    description: `Don't narrow to the workbook's target cohort`,
    helpGroup: 'SLICE',
  }),
}

/** The flags that also write a result as pictures. */
export const chartFlags = {
  svg: Flags.string({
    description: 'Also write the charts as a picture, light or dark as the reader’s screen is',
    helpValue: 'FILE',
    helpGroup: 'WRITE',
  }),
  html: Flags.string({
    description:
      'Also write a page that stands by itself: the charts, their figures as tables, and this text',
    helpValue: 'FILE',
    helpGroup: 'WRITE',
  }),
}

/** The flags that also tell a job of CI what came out. */
export const ciFlags = {
  summary: Flags.string({
    description: 'Also add the result as Markdown to this file, such as $GITHUB_STEP_SUMMARY',
    helpValue: 'FILE',
    helpGroup: 'CI',
  }),
  junit: Flags.string({
    description: 'Also write the gates as tests: JUnit XML, which CI systems show',
    helpValue: 'FILE',
    helpGroup: 'CI',
  }),
  annotations: Flags.option({
    description:
      'Also say what failed in the words of a CI system, on stderr, so that it is shown in the scenario',
    options: ['github'] as const,
    helpGroup: 'CI',
  })(),
}
