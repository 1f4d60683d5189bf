import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  findPackage,
  findProgram,
  managedFolder,
  type Surroundings,
} from '../../../src/profilers/tools/find-tool.js'
import { listTools } from '../../../src/profilers/tools/list-tools.js'

let folder: string
let surroundings: Surroundings
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-find-'))
  const cwd = path.join(folder, 'project/deep/down')
  await mkdir(cwd, { recursive: true })
  surroundings = { cwd, home: path.join(folder, 'home'), env: { PATH: '' }, node: process.execPath }
})
afterEach(() => rm(folder, { recursive: true }))

async function putPackage(at: string, name: string, version: string): Promise<string> {
  const dir = path.join(folder, at, 'node_modules', name)
  await mkdir(dir, { recursive: true })
  await writeFile(path.join(dir, 'package.json'), JSON.stringify({ name, version }))
  await writeFile(path.join(dir, 'bin.js'), '')
  await chmod(path.join(dir, 'bin.js'), 0o755)
  return dir
}

test('managed folder, then the project’s, then whyslow’s own, then the global one', async () => {
  const look = async (name: string) => {
    const found = await findPackage(name, surroundings)
    return found && [found.from, found.version]
  }
  expect(await look('unheard-of')).toBeNull()
  const global = await putPackage('global/lib', 'unheard-of', '1.0.0')
  await mkdir(path.join(folder, 'global/bin'))
  await symlink(path.join(global, 'bin.js'), path.join(folder, 'global/bin/unheard-of'))
  surroundings = { ...surroundings, env: { PATH: path.join(folder, 'global/bin') } }
  expect(await look('unheard-of')).toEqual(['global', '1.0.0'])
  expect(await look('0x')).toEqual(['whyslow', expect.stringMatching(/^6\./)])
  await putPackage('project', '0x', '2.0.0')
  await putPackage('project', 'unheard-of', '2.0.0')
  expect(await look('0x')).toEqual(['project', '2.0.0'])
  expect(await look('unheard-of')).toEqual(['project', '2.0.0'])
  await putPackage('home/.local/share/whyslow/tools/unheard-of', 'unheard-of', '3.0.0')
  expect(await look('unheard-of')).toEqual(['managed folder', '3.0.0'])
})

test('XDG_DATA_HOME says where the managed folder is, if it is absolute', () => {
  const home = '/home/x'
  expect(managedFolder({ home, env: {} })).toBe('/home/x/.local/share/whyslow/tools')
  expect(managedFolder({ home, env: { XDG_DATA_HOME: '/data' } })).toBe('/data/whyslow/tools')
  expect(managedFolder({ home, env: { XDG_DATA_HOME: 'data' } })).toBe('/home/x/.local/share/whyslow/tools')
})

test('a program needs to be on PATH and runnable', async () => {
  const bin = path.join(folder, 'bin')
  await mkdir(bin)
  await writeFile(path.join(bin, 'spy'), '#!/bin/sh\necho "spy version 4.5.6 (stable)"\n')
  expect(await findProgram('spy', { PATH: bin })).toBeNull()
  await chmod(path.join(bin, 'spy'), 0o755)
  expect(await findProgram('spy', { PATH: bin })).toEqual({
    file: path.join(bin, 'spy'),
    version: '4.5.6',
    from: 'path',
  })
})

test('the list says of each how to get it, samplers included; one may take a tool’s place', async () => {
  const samplers = [
    { name: 'spy', words: ['spy', '{pid}', '{out}'], output: 'collapsed' },
    { name: 'perf', words: ['my-perf', '{pid}', '{out}'], output: 'perf' },
  ]
  const tools = await listTools({ samplers, dir: folder }, surroundings)
  expect(tools.map(({ name }) => name)).toEqual([
    'node',
    'node heap',
    '0x',
    'clinic doctor',
    'clinic flame',
    'clinic bubbleprof',
    'clinic heapprofiler',
    'spy',
    'perf',
  ])
  expect(tools.find(({ name }) => name === 'spy')).toEqual({
    name: 'spy',
    measures: 'whyslow.yaml: spy {pid} {out}',
    by: 'pid',
    version: null,
    from: null,
    file: null,
    get: ['Install spy, or change samplers.spy.command in whyslow.yaml.'],
    note: null,
  })
  for (const { from, get } of tools) expect(get.length > 0).toBe(from === null)
})
