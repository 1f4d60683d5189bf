/**
 * 0x (https://github.com/davidmarkclements/0x): V8's `--prof` as a flame graph. Its ticks become a `.cpuprofile`. If it
 * is ended before it has drawn, the log of V8 stays, from which `0x --visualize-only` can draw.
 */
import { open, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { findPackage } from './find-tool.js'
import { readTickInterval, ticksToCpuProfile } from './ticks.js'
import type { Collected, FinishedRun, Tool } from './tool.js'
import { exists, nothing, profileFromText } from './written.js'

const LOG = /^isolate-.*-v8\.log$/

export const ZERO_X: Tool = {
  name: '0x',
  measures: 'CPU of a Node program, native code included, as a flame graph',
  by: 'command',
  nodeOnly: true,
  find: surroundings => findPackage('0x', surroundings),
  missing: ['It comes with whyslow: npm install whyslow again.'],
  start: async ({ file }, { command, folder }) => ({
    argv: [
      process.execPath,
      path.join(file, 'cmd.js'),
      '--working-dir',
      folder,
      '--output-dir',
      path.join(folder, '0x'),
      '--write-ticks',
      '--',
      ...(command ?? []),
    ],
  }),
  finish_ms: 120_000,
  collect: async (_found, run) => collectZeroX(run),
}

async function collectZeroX(run: FinishedRun): Promise<Collected> {
  const out = path.join(run.folder, '0x')
  const found = nothing()
  const logs = await findLogs([out, run.folder])
  const ticks = path.join(out, 'ticks.json')
  if (await exists(ticks)) {
    const interval_us = logs[0] ? await intervalOf(logs[0]) : undefined
    const convert = async (): Promise<string> =>
      ticksToCpuProfile(await readFile(ticks, 'utf8'), { interval_us, duration_ms: run.duration_ms })
    await profileFromText(found, path.join(run.folder, '0x.cpuprofile'), convert)
  }
  const html = path.join(out, 'flamegraph.html')
  if (await exists(html)) found.artefacts.push({ file: html, what: 'flame graph', extension: '.html' })
  else if (logs.length > 0) {
    found.problems.push(
      '0x was ended before it had drawn; V8’s log is kept, and 0x --visualize-only FOLDER draws from it.',
    )
  }
  found.raw.push(...logs)
  return found
}

async function findLogs(folders: string[]): Promise<string[]> {
  const logs: string[] = []
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    logs.push(...names.filter(name => LOG.test(name)).map(name => path.join(folder, name)))
  }
  return logs
}

async function intervalOf(log: string): Promise<number> {
  const file = await open(log)
  return readTickInterval(file.readLines())
}
