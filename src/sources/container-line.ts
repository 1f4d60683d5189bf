/**
 * Lines as a container runtime keeps them, around what the program wrote: CRI (`TIME stdout F TEXT`, as containerd, CRI-O and Podman write) and
 * Docker's json-file (`{"log":"TEXT\n","stream":"stdout","time":"TIME"}`). A long line is cut: `P` instead of `F`, or no newline at its end.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 * https://docs.docker.com/engine/logging/drivers/json-file/
 */
import { type Located, tooLong } from './read-entries.js'
import type { Line } from './read-lines.js'

export type Runtime = 'cri' | 'docker'

export interface ContainerLine {
  runtime: Runtime
  /** When the runtime took the line, as it wrote it. */
  time: string
  stream: string
  text: string
  /** False when the program's line goes on in the next one of its stream. */
  isWhole: boolean
  /** What else Docker was told to keep. */
  more: Record<string, unknown>
}

const CRI =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP])(?::[\w:]*)? (.*)$/s

/** What stands in a runtime's line; null for any other line. */
export function readContainerLine(line: string): ContainerLine | null {
  const [, time, stream, tag, text] = CRI.exec(line) ?? []
  if (time !== undefined)
    return { runtime: 'cri', time, stream: stream!, text: text!, isWhole: tag === 'F', more: {} }
  if (!line.startsWith('{') || !/"log"\s*:\s*"/.test(line) || !/"stream"\s*:/.test(line)) return null
  try {
    const { log, stream, time, ...more } = JSON.parse(line) as Record<string, unknown>
    if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return null
    const isWhole = log.endsWith('\n')
    return { runtime: 'docker', time, stream, text: isWhole ? log.slice(0, -1) : log, isWhole, more }
  } catch {
    return null
  }
}

/** The program's own text of a line, whoever wrote around it. */
export function programText(line: string): string {
  return readContainerLine(line)?.text ?? line
}

/** Which runtime wrote most of the lines, if one did. */
export function tellRuntime(lines: string[]): Runtime | null {
  const some = lines.slice(0, 200).map(line => readContainerLine(line)?.runtime ?? null)
  const [best] = (['cri', 'docker'] as const).filter(
    runtime => some.filter(one => one === runtime).length > some.length / 2,
  )
  return best ?? null
}

/** A whole line as its runtime would have written it uncut. */
function writeContainerLine({ runtime, time, stream, text, more }: ContainerLine): string {
  return runtime === 'cri'
    ? `${time} ${stream} F ${text}`
    : JSON.stringify({ log: `${text}\n`, stream, time, ...more })
}

interface Cut {
  line: number
  first: ContainerLine
  texts: string[]
  length: number
}

/**
 * Joins the pieces of cut lines, by stream: the entry is at its first line, its other lines are `continued`.
 * `finish` gives what was never ended.
 */
export function createJoiner(longest: number): {
  join(lines: Line[]): Located[]
  finish(): Located[]
} {
  const open = new Map<string, Cut>()
  const whole = ({ line, first, texts }: Cut): Located => {
    const text = writeContainerLine({ ...first, text: texts.join('') })
    return { line, text, entry: text }
  }
  return {
    join: lines =>
      lines.flatMap(({ number: line, text, tooLong: isTooLong }): Located[] => {
        if (isTooLong) return [tooLong(line, text)]
        const one = / [FP][ :]|"log"/.test(text) ? readContainerLine(text) : null
        const cut = one && open.get(one.stream)
        if (one === null || (one.isWhole && !cut)) return [{ line, text, entry: text }]
        if (!cut) {
          open.set(one.stream, { line, first: one, texts: [one.text], length: one.text.length })
          return []
        }
        const continued: Located = { line, text, skip: 'continued' }
        cut.texts.push(one.text)
        cut.length += one.text.length
        if (!one.isWhole && cut.length <= longest) return [continued]
        open.delete(one.stream)
        return [whole(cut), continued]
      }),
    finish: () => [...open.values()].map(whole),
  }
}
