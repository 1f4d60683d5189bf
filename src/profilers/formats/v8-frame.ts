/** A function as V8's profilers name it (https://chromedevtools.github.io/devtools-protocol/tot/Runtime/#type-CallFrame) → `Frame`. */
import { fileURLToPath } from 'node:url'
import type { Frame, FrameKind } from '../profile.js'
import { type Broken, isNumber, isObject } from './json.js'

export interface CallFrame {
  functionName: string
  url: string
  /** From 0; -1 for none. */
  lineNumber: number
  columnNumber: number
}

const KINDS: Record<string, FrameKind> = {
  '(garbage collector)': 'gc',
  '(idle)': 'idle',
  '(program)': 'program',
  /** Datadog's pprof. */
  'Garbage Collection': 'gc',
}

/** What V8's own frames are, also when another tool wrote them: they have these names and no file. */
export function kindOfName(name: string, file: string | null): FrameKind {
  return (file === null && Object.hasOwn(KINDS, name) && KINDS[name]) || 'code'
}

export function readFrame({ functionName, url, lineNumber, columnNumber }: CallFrame): Frame {
  return {
    function: functionName || '(anonymous)',
    file: readablePath(url),
    line: lineNumber >= 0 && url !== '' ? lineNumber + 1 : null,
    column: columnNumber >= 0 && url !== '' ? columnNumber + 1 : null,
    kind: kindOfName(functionName, url === '' ? null : url),
  }
}

/** `name` is the path of the node: `nodes[3]`. */
export function readCallFrame(call: unknown, name: string, broken: Broken): CallFrame {
  if (!isObject(call) || typeof call.functionName !== 'string') throw broken(`${name} has no callFrame`)
  return {
    functionName: call.functionName,
    url: typeof call.url === 'string' ? call.url : '',
    lineNumber: isNumber(call.lineNumber) ? call.lineNumber : -1,
    columnNumber: isNumber(call.columnNumber) ? call.columnNumber : -1,
  }
}

/** `file:///app/a%20b.js` → `/app/a b.js`, also where the home folder is hidden (`file://~/…`); anything else stays. */
export function readablePath(url: string): string | null {
  if (url === '') return null
  if (!url.startsWith('file://')) return url
  try {
    return url.startsWith('file://~/') ? `~${fileURLToPath(`file://${url.slice(8)}`)}` : fileURLToPath(url)
  } catch {
    return url
  }
}
