import { Flags } from '@oclif/core'
import { BaseCommand, sliceFlags, subjectArg } from '../base-command.js'
import { PARTS } from '../evidence/whatif/parts.js'
import { renderPossibleChanges, renderWhatIf } from '../reports/whatif.js'
import { listChanges, type PossibleChanges } from '../steps/list-changes.js'
import { predictChange, type WhatIf as Result } from '../steps/predict-change.js'
import { readChange } from '../steps/read-change.js'
import { readKind } from '../stories/edit-story.js'
import { parseDuration } from '../units.js'

export default class WhatIf extends BaseCommand {
  static override summary = 'What a change would buy, before anybody writes code.'
  static override description = [
    'One change is thought through on every request as it was logged: the share under the target before and after, the customers',
    'for whom three of four requests become good, who they are and what they pay. The interval is for how much customers differ; what',
    'else has to be true is listed. A peak that is removed: its requests become like the other answers of the same customer on the same',
    'route. A part is what the log knows of a request’s time. Spans come from traces: what runs beside something longer',
    'gains nothing. Asked about a story, the prediction is written into it, to be compared with what came; about a route, it is only shown.',
    'Of a story that was re-opened, it is about the requests since it was slower again, where there are any. What was predicted before a fix was deployed stays.',
    'Without a change: the peaks, parts and spans there are, and the most that each would buy.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %> get-orders',
    '<%= config.bin %> <%= command.id %> get-orders --without-mode 900ms --kind cache',
    `<%= config.bin %> <%= command.id %> 'GET /orders' --cap 400ms --share 80%`,
    '<%= config.bin %> <%= command.id %> get-orders --part upstream --times 3 --last 7d',
    '<%= config.bin %> <%= command.id %> get-orders --span layoutPages --free --no-save',
    '<%= config.bin %> <%= command.id %> get-orders --parallel db.query',
  ]
  static override args = { subject: subjectArg }
  static override flags = {
    'without-mode': Flags.string({
      description: 'The peak nearest to this time is gone, e.g. 900ms',
      helpValue: 'TIME',
      helpGroup: 'CHANGE',
    }),
    cap: Flags.string({
      description: 'No answer takes longer, e.g. 400ms',
      helpValue: 'TIME',
      helpGroup: 'CHANGE',
    }),
    share: Flags.string({
      description: 'With --cap: only for this share of the slower ones, chosen at random, e.g. 80%',
      helpValue: 'SHARE',
      helpGroup: 'CHANGE',
    }),
    part: Flags.option({
      description: 'This part of each request gets faster, as far as the log knows it',
      options: PARTS,
      helpGroup: 'CHANGE',
    })(),
    span: Flags.string({
      description: 'Spans of this name get faster, in traces',
      helpValue: 'NAME',
      helpGroup: 'CHANGE',
    }),
    times: Flags.string({
      description: 'With --part or --span: how many times faster, e.g. 3',
      helpValue: 'NUMBER',
      helpGroup: 'CHANGE',
    }),
    free: Flags.boolean({
      description: 'With --part or --span: it takes no time at all',
      helpGroup: 'CHANGE',
    }),
    parallel: Flags.string({
      description: 'Spans of this name that run one after another run side by side',
      helpValue: 'NAME',
      helpGroup: 'CHANGE',
    }),
    under: Flags.string({
      description: 'Target to judge by, e.g. 500ms (else the story’s, the route’s, the workbook’s)',
    }),
    kind: Flags.string({
      description: 'Kind of fix, by which the ledger adds up: cache, query, index …',
      helpValue: 'WORD',
    }),
    save: Flags.boolean({
      description: 'Write the prediction into the story',
      default: true,
      allowNo: true,
    }),
    seed: Flags.integer({ description: 'Of the draw of traces', default: 1, min: 0 }),
    ...sliceFlags,
  }

  async run(): Promise<Result | PossibleChanges> {
    const { args, flags } = await this.parse(WhatIf)
    const change = readChange(flags)
    const under_ms = flags.under === undefined ? null : parseDuration(flags.under)
    const workbook = await this.openWorkbook(flags)
    return this.withStore(workbook, async store => {
      const slice = this.readSlice(workbook, store, flags)
      const asked = { subject: args.subject, slice, under_ms, seed: flags.seed, signal: this.signal }
      if (change === null) {
        const { result, words } = await listChanges(workbook, store, asked)
        return this.show(result, renderPossibleChanges(result, this.style, words))
      }
      const { result, words } = await predictChange(workbook, store, {
        ...asked,
        change,
        kind: flags.kind === undefined ? null : readKind(flags.kind),
        save: flags.save,
        now: new Date(),
      })
      return this.show(result, renderWhatIf(result, this.style, words))
    })
  }
}
