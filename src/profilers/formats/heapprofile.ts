/**
 * V8's `.heapprofile` → `Profile` in bytes.
 *
 * Supported: the format of the Chrome DevTools protocol's `HeapProfiler.SamplingHeapProfile`
 * (https://chromedevtools.github.io/devtools-protocol/tot/HeapProfiler/#type-SamplingHeapProfile), as
 * `node --heap-prof` and Chrome write it. `selfSize` is V8's estimate of what was allocated there and is still
 * alive (or was ever allocated, when the capture asked for that), not a size that was measured.
 * `samples` are counted for each node; a file without them counts one for each node that holds bytes.
 * Ignored: the order of the samples (`ordinal`), `scriptId`. Not supported: heap snapshots (`.heapsnapshot`), which
 * hold objects and no stacks.
 */
import { applyVersions, readKeptVersions } from '../find-versions.js'
import type { Profile } from '../profile.js'
import { StackTable } from '../stack-table.js'
import type { ProfileFormat } from './index.js'
import { breaks, isNumber, isObject, parseObject } from './json.js'
import { readCallFrame, readFrame } from './v8-frame.js'

export const HEAPPROFILE: ProfileFormat = {
  name: 'heapprofile',
  extension: '.heapprofile',
  detect: ({ head }) => {
    const text = head.toString('utf8')
    return /^\s*\{/.test(text) && /"head"\s*:/.test(text) && /"selfSize"\s*:/.test(text)
  },
  read: async input => [readHeapProfile(await input.text(), input.file)],
}

function readHeapProfile(text: string, file: string): Profile {
  const broken = breaks(
    file,
    'a V8 heap profile (.heapprofile)',
    'A profile is complete only after the capture has ended: take it again.',
  )
  const value = parseObject(text, broken)
  const counts = countSamples(value.samples)
  const table = new StackTable(file)
  // Depth first and without recursion: the file nests as deep as the stacks do.
  const todo = [{ node: value.head, parent: -1, name: 'head' }]
  let samples = 0
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { node, parent, name } = next
    if (!isObject(node)) throw broken(`“${name}” is no node`)
    const call = readCallFrame(node.callFrame, name, broken)
    const { id, selfSize, children } = node
    if (!isNumber(selfSize) || selfSize < 0) throw broken(`${name} has no selfSize`)
    if (!Array.isArray(children)) throw broken(`“${name}.children” is missing`)
    const count = counts ? (counts.get(id) ?? 0) : selfSize > 0 ? 1 : 0
    const isEdge = parent < 0 && call.functionName === '(root)' && selfSize === 0
    const path = isEdge ? -1 : table.path(table.frame(readFrame(call)), parent)
    if (!isEdge) table.add(path, selfSize, count)
    samples += count
    for (const [index, child] of children.entries())
      todo.push({ node: child, parent: path, name: shorten(`${name}.children[${index}]`) })
  }
  const profile: Profile = {
    name: null,
    tool: 'v8',
    toolVersion: null,
    pid: null,
    startedAt: null,
    unit: 'bytes',
    duration_ms: 0,
    samples,
    interval_us: null,
    frames: table.frames,
    stacks: table.stacks(),
  }
  return applyVersions(profile, readKeptVersions(value))
}

/** By node; null for a file without samples. */
function countSamples(samples: unknown): Map<unknown, number> | null {
  if (!Array.isArray(samples)) return null
  const counts = new Map<unknown, number>()
  for (const sample of samples)
    if (isObject(sample)) counts.set(sample.nodeId, (counts.get(sample.nodeId) ?? 0) + 1)
  return counts
}

/** The path to a node that is 20,000 levels deep says nothing that its end doesn't. */
function shorten(name: string): string {
  return name.length <= 200 ? name : `head…${name.slice(-150).replace(/^[^.]*/, '')}`
}
