import type { Profile } from '../../src/profilers/profile.js'

/** A profile with its samples' order as V8 would have written it. */
export function writeCpuProfile({ frames, stacks, order, duration_ms }: Profile): string {
  const children = (parent: number) =>
    stacks.flatMap((node, index) => (node.parent === parent ? [index + 2] : []))
  const nodes = stacks.map(({ frame, samples }, index) => {
    const { function: name, file, line, column } = frames[frame]!
    return {
      id: index + 2,
      callFrame: {
        functionName: name,
        url: file === null ? '' : file.startsWith('/') ? `file://${encodeURI(file)}` : file,
        lineNumber: (line ?? 0) - 1,
        columnNumber: (column ?? 0) - 1,
      },
      hitCount: samples,
      children: children(index),
    }
  })
  const root = {
    id: 1,
    callFrame: { functionName: '(root)', url: '', lineNumber: -1, columnNumber: -1 },
    hitCount: 0,
    children: children(-1),
  }
  const us = Array.from(order!.weights, weight => Math.round(weight * 1000))
  return JSON.stringify({
    nodes: [root, ...nodes],
    startTime: 0,
    endTime: duration_ms * 1000,
    samples: Array.from(order!.nodes, node => node + 2),
    timeDeltas: [0, ...us.slice(0, -1)],
  })
}
