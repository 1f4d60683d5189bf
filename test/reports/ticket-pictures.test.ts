import { expect, test } from 'vitest'
import { renderMermaidChart } from '../../src/reports/ticket-mermaid.js'

/** Two peaks, of which the second is late. */
const LOOK = {
  histogram: {
    edges_ms: Array.from({ length: 41 }, (_, i) => 10 * 1.15 ** i),
    counts: Array.from({ length: 40 }, (_, i) => (i < 15 ? 40 + i : i > 30 ? 30 : 3)),
  },
  modes: [
    { ms: 40, share: 0.6 },
    { ms: 1900, share: 0.3 },
  ],
  under_ms: 300,
  measuredUnder: 0.7,
}
const EMPTY = { ...LOOK, histogram: { edges_ms: [1], counts: [] } }

test('the Mermaid chart is small, and has a label for each bar', () => {
  const chart = renderMermaidChart(LOOK)
  const [head, x, y, bars] = chart.split('\n')
  expect(head).toBe('xychart-beta')
  const labels = x!.match(/"[^"]+"/g)!.slice(1)
  const heights = /\[(.*)\]/.exec(bars!)![1]!.split(', ').map(Number)
  expect(labels.length).toBe(heights.length)
  expect(labels.length).toBeLessThanOrEqual(12)
  expect(new Set(labels).size, 'Mermaid needs different labels').toBe(labels.length)
  expect(heights.reduce((sum, height) => sum + height, 0)).toBeCloseTo(100, 0)
  expect(y).toMatch(/^ {2}y-axis "% of requests" 0 --> \d+$/)
  expect(Math.max(...heights)).toBeLessThanOrEqual(Number(/\d+$/.exec(y!)![0]))
  expect(chart.length).toBeLessThan(1000)
  expect(renderMermaidChart(EMPTY)).toBe('')
})

test('ranges closer than their labels can tell have one label each all the same', () => {
  const edges_ms = Array.from({ length: 13 }, (_, i) => 100 + i * 0.01)
  const labels = renderMermaidChart({ histogram: { edges_ms, counts: Array(12).fill(1) } })
    .split('\n')[1]!
    .match(/"[^"]+"/g)!
  expect(new Set(labels).size).toBe(labels.length)
  const same = renderMermaidChart({
    histogram: { edges_ms: edges_ms.map(() => 100), counts: Array(12).fill(1) },
  })
  expect(same, 'then there is no chart that Mermaid could draw').toBe('')
})
