/** The real tools on a server that never exits. Slow by nature: each draws for some seconds. */
import { readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { hottestFunctions } from '../../../src/profilers/hottest.js'
import { readProfiles } from '../../../src/profilers/read-profiles.js'
import { startApp, waitUntil } from '../apps.js'
import { APPS, listLeft, listProcesses, type TriedTool, tryTool } from './run.js'

const HAS_PERF = (process.env.PATH ?? '').split(':').some(folder => listNames(folder).includes('perf'))
const PERF = HAS_PERF ? 'perf' : 'perf (2 tests left out: it is not installed)'

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** It was ended by the deadline, of itself, and nothing of its group is left. */
function expectClean({ run, seen, folder }: TriedTool): void {
  expect(run).toMatchObject({ endedBy: 'deadline', left: [], cutShort: false })
  expect(run.duration_ms).toBeGreaterThan(1950)
  expect(run.duration_ms).toBeLessThan(6000)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.some(({ command }) => command.includes('stay.cjs'))).toBe(true)
  expect(listLeft(seen)).toEqual([])
  expect(listProcesses(folder)).toEqual([])
}

async function nameHottest(file: string): Promise<string> {
  const { profiles } = await readProfiles(file)
  return hottestFunctions(profiles[0]!).hottest.find(({ group }) => group === 'own code')?.function ?? ''
}

describe.each([
  ['0x', ['.cpuprofile'], ['.html']],
  ['clinic doctor', [], ['.html']],
  ['clinic flame', ['.cpuprofile'], ['.html']],
  ['clinic bubbleprof', [], ['.html']],
  ['clinic heapprofiler', ['.heapprofile'], ['.html']],
  ['node', ['.cpuprofile'], []],
  ['node heap', ['.heapprofile'], []],
])('%s', (name, profiles, artefacts) => {
  it('ends by its deadline, keeps what it has, and leaves nothing behind', async () => {
    const tried = await tryTool(name, {})
    const { run, collected, folder } = tried
    expectClean(tried)
    expect(run.killedProgram).toBe(false)
    expect(collected.problems).toEqual([])
    expect(collected.profiles.map(({ extension }) => extension)).toEqual(profiles)
    expect(collected.artefacts.map(({ extension }) => extension)).toEqual(artefacts)
    for (const { file } of collected.artefacts) expect(await readFile(file, 'utf8')).toContain('</html>')
    if (profiles[0] === '.cpuprofile') {
      expect(await nameHottest(collected.profiles[0]!.file)).toBe('spinForAWhile')
    }
    if (profiles[0] === '.heapprofile') {
      expect(await readFile(collected.profiles[0]!.file, 'utf8')).toContain('"keepSome"')
    }
    if (name === 'clinic doctor') {
      expect(collected.verdict).toMatchObject({ finding: expect.stringMatching(/\w+ .*\w/) })
      expect(Object.keys(collected.verdict!.issues)).toContain('delay')
    }
    // What it leaves in the program's folder until it moves them.
    expect((await readdir(folder)).sort()).toEqual(['out'])
  })
})

describe(PERF, () => {
  it.runIf(HAS_PERF)('samples a program that it is started for, and leaves no names behind', async () => {
    const tried = await tryTool('perf', {})
    expectClean(tried)
    const [profile] = tried.collected.profiles
    expect(await readFile(profile!.file, 'utf8')).toContain('spinForAWhile')
    for (const { pid } of tried.seen) expect(listNames('/tmp')).not.toContain(`perf-${pid}.map`)
  })

  it.runIf(HAS_PERF)('samples one that runs already, and leaves it running', async () => {
    const app = await startApp('stay.cjs')
    const { run, collected } = await tryTool('perf', { command: null, pid: app.pid, seconds: 1 })
    expect(run).toMatchObject({ endedBy: 'deadline', left: [] })
    expect(collected.profiles).toHaveLength(1)
    expect(await app.get()).toContain('NODE_ENV')
  })
})

describe('a sampler of the workbook', () => {
  const samplers = [
    {
      name: 'proc',
      words: ['node', path.join(APPS, 'sample-proc.cjs'), '{pid}', '{seconds}', '{out}'],
      output: 'collapsed',
    },
  ]
  it('is given the pid, the seconds and the file', async () => {
    const tried = await tryTool('proc', { samplers })
    expect(tried.run).toMatchObject({ endedBy: 'deadline', left: [], cutShort: false })
    expect(listLeft(tried.seen)).toEqual([])
    const text = await readFile(tried.collected.profiles[0]!.file, 'utf8')
    expect(text).toMatch(/^(?:running|waiting;\S+) \d+$/m)
  })

  it('ends with Ctrl-C, and what it had is kept; a program by pid stays', async () => {
    const app = await startApp('server.cjs')
    const { run, collected } = await tryTool('proc', {
      samplers,
      command: null,
      pid: app.pid,
      seconds: 60,
      signal: AbortSignal.timeout(1500),
    })
    expect(run).toMatchObject({ endedBy: 'signal', left: [] })
    expect(collected.profiles).toHaveLength(1)
    expect(await app.get()).toContain('left')
  })
})

describe('programs that don’t go easily', () => {
  it('one in an endless loop is killed, and 0x writes what it has', async () => {
    const tried = await tryTool('0x', { command: ['node', path.join(APPS, 'busy.cjs')] })
    expect(tried.run).toMatchObject({ endedBy: 'deadline', left: [], killedProgram: true })
    expect(listLeft(tried.seen)).toEqual([])
    expect(await nameHottest(tried.collected.profiles[0]!.file)).toBe('loopForEver')
  })

  it('one that shuts down in order is let, and its profile is there', async () => {
    const { run, collected } = await tryTool('node', { env: { SAY_GOODBYE: '1' } })
    expect(run.tail).toContain('goodbye')
    expect(run).toMatchObject({ killedProgram: false, ended: { code: 0 } })
    expect(collected.profiles).toHaveLength(1)
  })

  it('a child in a session of its own ends, too', async () => {
    const { run, seen, folder } = await tryTool('node', { env: { CHILD: '1' } })
    const child = seen.find(({ command }) => command.startsWith('sleep'))
    expect(child).toBeDefined()
    expect(seen.find(({ command }) => command.includes('stay.cjs'))!.group).not.toBe(child!.group)
    expect(run.left).toEqual([])
    expect(await waitUntil(() => listProcesses(folder).length === 0, 5000)).toBe(true)
  })

  it('one that ends by itself ends the capture', async () => {
    const { run, collected } = await tryTool('node', { command: ['node', '-e', '1'], seconds: 60 })
    expect(run).toMatchObject({ endedBy: 'itself', ended: { code: 0 } })
    expect(run.duration_ms).toBeLessThan(30_000)
    expect(collected.profiles).toHaveLength(1)
  })
})

describe('what can’t work is refused before it is started', () => {
  it.each([
    [
      '0x',
      { command: ['npm', 'start'] },
      '0x profiles Node only: its command must begin with node, found “npm”.',
    ],
    ['0x', { command: null, pid: 1 }, "it can't be attached to one"],
    ['0x', { command: null }, '0x was given nothing to profile.'],
    [
      'node',
      { command: ['/no/such/program'] },
      'Could not start “/no/such/program”: there is no such program.',
    ],
  ])('%s with %j', async (name, options, message) => {
    await expect(tryTool(name, options)).rejects.toThrow(message)
  })
})
