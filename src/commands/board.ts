import { spawn } from 'node:child_process'
import os from 'node:os'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.js'
import { WhyslowError } from '../errors.js'
import {
  type BoardSort,
  type BoardStory,
  describeStory,
  filterStories,
  renderBoardList,
  SORTS,
  sortStories,
} from '../reports/board-list.js'
import { describeUnreadable } from '../steps/unreadable-stories.js'
import { listStories } from '../stories/read-story.js'
import type { Warning } from '../warnings.js'
import type { Workbook } from '../workbook/workbook.js'

interface Result {
  stories: BoardStory[]
  warnings: Warning[]
}

export default class Board extends BaseCommand {
  static override summary = 'All stories on one screen, to choose from and to work on.'
  static override description = [
    'Choose a story with the arrow keys and open it with Enter: its questions, evidence, hypotheses and profiles, what its requests look',
    'like, and what was learned. From there start and stop a timebox, take notes, run look, explain, a test of a hypothesis or a capture,',
    'and open the story in your editor ($VISUAL, else $EDITOR). ? shows the keys of a screen, each with the command that does the same.',
    'What changes on disk changes on the screen. Without a terminal, and with --json, it lists the stories and ends.',
  ].join(' ')
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --sort customers --filter orders | cat',
  ]
  static override flags = {
    filter: Flags.string({
      description: 'Only stories with all of these words in their claim, id, route, status or ticket',
      default: '',
    }),
    sort: Flags.option({
      description: 'What the stories are sorted by; those of which it isn’t known come last',
      options: SORTS,
      default: 'status' as const,
    })(),
  }

  /** Its clock was there to see. */
  protected override readonly notesOverdue = false

  /** A capture that is under way gives back its target. */
  protected override readonly grace_ms = 20_000

  async run(): Promise<Result | undefined> {
    const { flags } = await this.parse(Board)
    const workbook = await this.openWorkbook(flags)
    if (!process.stdin.isTTY || !process.stdout.isTTY || this.jsonEnabled())
      return this.list(workbook, flags.sort, flags.filter)
    const { runBoard } = await import('../tui/board.js')
    const { color, unicode } = this.style
    const end = await runBoard({
      workbook,
      stdin: process.stdin,
      stdout: process.stdout,
      style: { color, unicode },
      cwd: process.cwd(),
      home: os.homedir(),
      now: readClock,
      openEditor: file => openEditor(process.env.VISUAL || process.env.EDITOR || 'vi', file),
      signal: this.signal,
      filter: flags.filter,
      sort: flags.sort,
    })
    if (end === 'interrupted') process.exitCode = 130
    return undefined
  }

  private async list(workbook: Workbook, sort: BoardSort, filter: string): Promise<Result> {
    const now = new Date()
    const { stories, problems } = await listStories(workbook)
    const described = stories.map(({ frontMatter }) => describeStory(frontMatter, now))
    const shown = sortStories(filterStories(described, filter), sort)
    const text = renderBoardList(shown, { sort, filter, now }, this.style)
    return this.show({ stories: shown, warnings: describeUnreadable(problems) }, text)
  }
}

function readClock(): Date {
  return new Date()
}

/** The editor may have arguments of its own: `code --wait`. Ctrl-C is its key meanwhile. */
async function openEditor(editor: string, file: string): Promise<void> {
  const listeners = process.listeners('SIGINT')
  const ignore = () => undefined
  process.removeAllListeners('SIGINT').on('SIGINT', ignore)
  try {
    const [command, args] =
      process.platform === 'win32'
        ? [`${editor} "${file}"`, []]
        : ['/bin/sh', ['-c', `${editor} "$@"`, editor, file]]
    const code = await new Promise<number | null>((resolve, reject) => {
      spawn(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
        .on('error', reject)
        .on('close', resolve)
    })
    if (code !== 0)
      throw new WhyslowError(
        `The editor “${editor}” ended with ${code === null ? 'a signal' : `code ${code}`}.`,
        {
          next: ['Set VISUAL or EDITOR to an editor that is there.'],
        },
      )
  } finally {
    process.off('SIGINT', ignore)
    for (const listener of listeners) process.on('SIGINT', listener)
  }
}
