/** Where the time goes: what was captured, its hottest functions, flame graphs, and what changed between two sides. */
import type { GraphNode } from '../../profilers/diff-profiles.js'
import type { FlameGraph } from '../../profilers/flame.js'
import { formatAmount, formatDuration, formatShare } from '../../units.js'
import { listWide } from '../diff-flame-html.js'
import { colourOfGroup, coloursIn, GROUP_NAMES } from '../flame-groups.js'
import { describeAmounts, describeGraph, describePlace } from '../flame-svg.js'
import { describeDiff } from '../profile-diff.js'
import { isMissing, type ReportDiff, type ReportProfile, type StoryReport } from './contents.js'
import { renderFlame } from './flame-figure.js'
import { html, type Markup } from './markup.js'
import { renderMissing, renderOrigin, renderTable, renderWarnings } from './parts.js'

export function renderProfiles({ story, profiles, diff, undrawn }: StoryReport): Markup[] {
  const parts: Markup[] = []
  for (const [i, profile] of profiles.entries())
    parts.push(
      isMissing(profile)
        ? renderMissing('A profile of this story', profile)
        : renderProfile(profile, `flame-${story.id}-${i + 1}`),
    )
  if (diff !== null)
    parts.push(
      isMissing(diff)
        ? renderMissing('What changed between the profiles', diff)
        : renderDiff(diff, `diff-${story.id}`),
    )
  if (undrawn.length > 0)
    parts.push(
      html`<p class="quiet">Not drawn here: ${undrawn.join(', ')}. <code>whyslow profile show FILE</code></p>`,
    )
  return parts
}

function renderProfile(profile: ReportProfile, id: string): Markup {
  const { title, subtitle, files, hottest, unit, flame, warnings } = profile
  const rows = hottest.map(one => [
    one.function,
    one.file === null ? '' : `${one.file}${one.line === null ? '' : `:${one.line}`}`,
    one.group,
    formatAmount(one.self, unit),
    formatShare(one.share),
    formatAmount(one.total, unit),
  ])
  const legend = coloursIn(flame.nodes.map(node => node.group)).map(
    look => [look, GROUP_NAMES[look]] as const,
  )
  return html`<figure class="profile">
<h3>${title} (${files.join(', ')})</h3>
<p>${subtitle} Each box is a call, under its caller, as wide as its share.</p>
${renderFlame({
  id,
  legend,
  sides: [{ title: null, description: describeGraph(flame, subtitle), flame }],
  describe: node => ({
    look: colourOfGroup(node.group),
    mark: '',
    place: describePlace(node),
    amounts: describeAmounts(node, flame),
  }),
})}
<figcaption>${renderOrigin(profile, nameFiles)}</figcaption>
${renderTable('The hottest functions', ['function', 'where', 'whose', 'itself', 'share', 'with what it called'], rows, [3, 4, 5])}
${renderWarnings(warnings)}
</figure>`
}

/** What is narrower on both sides is left out. */
const LEAST_SHARE = 0.0005

function renderDiff(part: ReportDiff, id: string): Markup {
  const { diff, graph } = part
  const wide = listWide(graph, LEAST_SHARE)
  const calls = wide.map(index => graph[index]!)
  const said = describeDiff(diff)
  const side = (name: 'before' | 'after', title: string) => ({
    title,
    description: `Flame graph, widths by ${name}. ${said}`,
    flame: layoutSide(calls, wide, name),
  })
  return html`<figure class="profile">
<h3>What changed between the profiles</h3>
<p>${said} Milliseconds per ${diff.per}, each call with what it called; idle time is left out.</p>
${renderFlame({
  id,
  legend: [
    ['less-3', '▲ takes less'],
    ['more-3', '▼ takes more'],
    ['same', 'within noise, or too small to tell'],
  ],
  sides: [
    side('after', 'As wide as it was after'),
    side('before', 'As wide as it was before: what is gone is still here'),
  ],
  describe: (node, index) => ({
    ...lookOf(calls[index]!),
    place: describePlace(node),
    amounts: describeTimes(calls[index]!, diff.per),
  }),
})}
<figcaption>${renderOrigin(part, nameFiles)}</figcaption>
${renderTable('What changed beyond noise', ['function', 'where', 'before', 'after', 'change', '95%'], listChanged(part), [2, 3, 4, 5])}
${renderWarnings(diff.warnings)}
</figure>`
}

/** `calls`: parents first; `indices` are theirs in the graph, by which they name their parents. */
function layoutSide(
  calls: readonly GraphNode[],
  indices: readonly number[],
  side: 'before' | 'after',
): FlameGraph {
  const positionOf = new Map(indices.map((index, position) => [index, position]))
  const amount = (call: GraphNode) => call[`${side}_ms`]
  const roots = calls.filter(({ parent }) => parent < 0)
  const total = roots.reduce((sum, call) => sum + amount(call), 0)
  const depths: number[] = []
  const nextX = new Map<number, number>()
  const xs: number[] = []
  for (const [position, call] of calls.entries()) {
    const parent = positionOf.get(call.parent) ?? -1
    const x = nextX.get(parent) ?? (parent < 0 ? 0 : xs[parent]!)
    xs[position] = x
    depths[position] = parent < 0 ? 0 : depths[parent]! + 1
    nextX.set(parent, x + (total === 0 ? 0 : amount(call) / total))
  }
  const nodes = calls.map((call, position) => ({
    frame: { function: call.function, file: call.file, line: call.line, column: null, kind: 'code' as const },
    group: describeSignificance(call),
    depth: depths[position]!,
    parent: positionOf.get(call.parent) ?? -1,
    x: xs[position]!,
    width: total === 0 ? 0 : amount(call) / total,
    self: 0,
    total: amount(call),
  }))
  return { unit: 'ms', total, nodes, depth: Math.max(0, ...depths) + 1, narrow: 0 }
}

function describeSignificance({ significant }: GraphNode): string {
  return significant ? 'beyond noise' : 'within noise, or too small to tell'
}

const STEPS = 4

/** The stronger, the larger the change is beside the larger side. */
function lookOf({ significant, before_ms, after_ms }: GraphNode): { look: string; mark: string } {
  if (!significant) return { look: 'same', mark: '' }
  const change = (after_ms - before_ms) / Math.max(after_ms, before_ms)
  const step = Math.max(1, Math.ceil(Math.abs(change) * STEPS))
  return change < 0 ? { look: `less-${step}`, mark: '▲ ' } : { look: `more-${step}`, mark: '▼ ' }
}

function describeTimes({ before_ms, after_ms }: GraphNode, per: string): string {
  const change = after_ms - before_ms
  const said =
    after_ms === 0
      ? 'gone'
      : before_ms === 0
        ? 'new'
        : `${formatDuration(Math.abs(change))} ${change < 0 ? 'less' : 'more'}`
  return `${formatDuration(before_ms)} before, ${formatDuration(after_ms)} after per ${per} (${said})`
}

const MOST_ROWS = 20

function listChanged({ diff }: ReportDiff): string[][] {
  const signed = (ms: number) => `${ms > 0 ? '+' : ''}${formatDuration(ms)}`
  return diff.frames
    .filter(({ significant }) => significant)
    .slice(0, MOST_ROWS)
    .map(one => [
      one.function,
      one.file === null ? '' : `${one.file}${one.line === null ? '' : `:${one.line}`}`,
      formatDuration(one.before_ms),
      formatDuration(one.after_ms),
      `${signed(one.change_ms)} ${one.change_ms < 0 ? '▲ better' : '▼ worse'}`,
      one.interval_ms === null ? '–' : one.interval_ms.map(signed).join(' to '),
    ])
}

function nameFiles(hashes: readonly string[]): string {
  return `${hashes.length === 1 ? 'the file' : 'the files'} with the SHA-256 ${hashes.map(hash => `${hash}…`).join(', ')}`
}
