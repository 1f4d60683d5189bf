/** A program on a real pseudo-terminal (`script` of util-linux makes it), and what its screen shows (xterm's own emulator). */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import xterm from '@xterm/headless'

export const KEYS = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  home: '\u001b[H',
  end: '\u001b[F',
  enter: '\r',
  escape: '\u001b',
  tab: '\t',
  shiftTab: '\u001b[Z',
  backspace: '\u007f',
  ctrlC: '\u0003',
} as const

export interface PtyOptions {
  cwd: string
  columns?: number
  rows?: number
  env?: Record<string, string>
}

const PATIENCE_MS = 60_000

/** Why there is no pseudo-terminal here; null when there is. */
export function missingPty(): string | null {
  try {
    const version = execFileSync('script', ['--version'], { encoding: 'utf8' })
    return version.includes('util-linux') ? null : 'the script command here is not that of util-linux'
  } catch {
    return 'there is no script command here, which makes pseudo-terminals'
  }
}

export class Pty {
  private readonly terminal: InstanceType<typeof xterm.Terminal>
  private readonly child: ChildProcess
  private readonly chunks: Buffer[] = []
  /** Chunks that are on the screen. */
  private shown = 0
  private readonly ended: Promise<number | null>

  private constructor(
    command: string,
    { cwd, columns = 80, rows = 24, env = {} }: PtyOptions,
    private readonly folder: string,
  ) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 })
    // Vitest's own variables would make React and colours other than a user has them.
    const { NODE_ENV: _, FORCE_COLOR: __, NO_COLOR: ___, WHYSLOW_WORKBOOK: ____, ...inherited } = process.env
    const line = [
      `tty > '${folder}/tty'`,
      `stty cols ${columns} rows ${rows}`,
      command,
      'code=$?',
      `stty -a > '${folder}/stty'`,
      'exit $code',
    ].join('; ')
    this.child = spawn('script', ['-qfec', line, '/dev/null'], {
      cwd,
      env: { ...inherited, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.child.stdout!.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.terminal.write(chunk, () => {
        this.shown += 1
      })
    })
    this.ended = new Promise(resolve => this.child.on('close', resolve))
  }

  static async open(command: string, options: PtyOptions): Promise<Pty> {
    return new Pty(command, options, await mkdtemp(path.join(tmpdir(), 'whyslow-pty-')))
  }

  /** What it has written. */
  get bytes(): string {
    return Buffer.concat(this.chunks).toString('utf8')
  }

  /** Rows as they are seen, without the spaces at their ends. */
  get rows(): string[] {
    const { active } = this.terminal.buffer
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true) ?? '').trimEnd(),
    )
  }

  get text(): string {
    return this.rows.join('\n')
  }

  get isAlternate(): boolean {
    return this.terminal.buffer.active.type === 'alternate'
  }

  /** Of the terminal at the end, as `stty -a` prints them. */
  get modes(): string {
    return readFileSync(path.join(this.folder, 'stty'), 'utf8')
  }

  send(...keys: string[]): void {
    this.child.stdin!.write(keys.join(''))
  }

  /** Whether no frame is half drawn: each is written between the marks of synchronised output. */
  private get isWhole(): boolean {
    const { bytes } = this
    return (
      this.shown === this.chunks.length &&
      bytes.lastIndexOf('\u001b[?2026h') <= bytes.lastIndexOf('\u001b[?2026l')
    )
  }

  /** Until the screen holds it, or no longer does. */
  async see(wanted: string | RegExp | ((rows: string[]) => boolean), isThere = true): Promise<void> {
    const isSeen = () => {
      if (typeof wanted === 'function') return wanted(this.rows)
      return typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text)
    }
    const deadline = performance.now() + PATIENCE_MS
    while (!this.isWhole || isSeen() !== isThere) {
      if (performance.now() > deadline || this.child.exitCode !== null)
        throw new Error(`${isThere ? 'Not' : 'Still'} on the screen: ${wanted}\n${this.text}`)
      await sleep(20)
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.terminal.resize(columns, rows)
    const tty = readFileSync(path.join(this.folder, 'tty'), 'utf8').trim()
    execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)])
  }

  /** The exit code, once it has ended by itself. */
  async end(): Promise<number | null> {
    const code = await this.ended
    await new Promise<void>(resolve => this.terminal.write('', resolve))
    return code
  }

  async close(): Promise<void> {
    this.child.stdin!.end()
    this.child.kill()
    await this.ended
    await rm(this.folder, { recursive: true, force: true })
  }
}
