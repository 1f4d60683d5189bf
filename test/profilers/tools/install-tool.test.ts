/** npm itself, with a lock file of a package that lies on this disk. */
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { managedFolder, type Surroundings } from '../../../src/profilers/tools/find-tool.js'
import { type InstallOptions, installTool } from '../../../src/profilers/tools/install-tool.js'

let folder: string
let surroundings: Surroundings
let templates: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'whyslow-install-'))
  templates = path.join(folder, 'templates')
  surroundings = {
    cwd: folder,
    home: path.join(folder, 'home'),
    env: { PATH: process.env.PATH, HOME: path.join(folder, 'home') },
    node: process.execPath,
  }
  await putTemplate('1.0.0')
})
afterEach(() => rm(folder, { recursive: true }))

/** `missing`: the lock names a file that isn't there. */
async function putTemplate(version: string, missing = false): Promise<void> {
  const dir = path.join(templates, 'spy')
  await mkdir(path.join(dir, 'vendor'), { recursive: true })
  const write = (name: string, value: unknown) => writeFile(path.join(dir, name), JSON.stringify(value))
  const dependencies = { spy: 'file:vendor', ...(missing ? { gone: 'file:gone.tgz' } : {}) }
  await write('vendor/package.json', { name: 'spy', version })
  await write('package.json', { private: true, dependencies })
  await write('package-lock.json', {
    lockfileVersion: 3,
    packages: {
      '': { dependencies },
      ...(missing ? { 'node_modules/gone': { version: '1.0.0', resolved: 'file:gone.tgz' } } : {}),
      'node_modules/spy': { resolved: 'vendor', link: true },
      vendor: { name: 'spy', version },
    },
  })
}

const install = (options: Partial<InstallOptions> = {}) =>
  installTool('spy', {
    surroundings,
    templates,
    pid: 4711,
    isAlive: () => false,
    signal: new AbortController().signal,
    ...options,
  })
const names = async () => (await readdir(managedFolder(surroundings))).sort()

test('it is installed, found there, and a newer one takes its place', async () => {
  expect(await install()).toMatchObject({ name: 'spy', version: '1.0.0', from: 'managed folder' })
  await putTemplate('2.0.0')
  expect(await install()).toMatchObject({ version: '2.0.0' })
  expect(await names()).toEqual(['spy'])
})

test('a failed one leaves what was there, and says what npm said', async () => {
  await install()
  await putTemplate('2.0.0', true)
  await expect(install()).rejects.toThrow(/npm could not install it; nothing was changed[\s\S]*gone/)
  expect(await names()).toEqual(['spy'])
  const kept = path.join(managedFolder(surroundings), 'spy/node_modules/spy/package.json')
  expect(JSON.parse(await readFile(kept, 'utf8')).version).toBe('1.0.0')
})

test('an interrupted one leaves nothing; what a killed one left is swept', async () => {
  const home = managedFolder(surroundings)
  await mkdir(path.join(home, '.spy-99'), { recursive: true })
  await mkdir(path.join(home, '.spy-88'), { recursive: true })
  const interrupted = install({ signal: AbortSignal.abort(new Error('Ctrl-C')), isAlive: pid => pid === 88 })
  await expect(interrupted).rejects.toThrow('Ctrl-C')
  expect(await names()).toEqual(['.spy-88'])
})

test('without npm it says so', async () => {
  await expect(install({ surroundings: { ...surroundings, env: { PATH: folder } } })).rejects.toThrow(
    'npm is not on PATH',
  )
})

test('the lock file that is shipped names no registry, and pins clinic', async () => {
  const shipped = fileURLToPath(new URL('../../../templates/tools/clinic/', import.meta.url))
  const lock = JSON.parse(await readFile(path.join(shipped, 'package-lock.json'), 'utf8'))
  const entries = Object.entries<{ resolved?: string; integrity?: string }>(lock.packages)
  expect(entries.length).toBeGreaterThan(600)
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  expect(entries.filter(([at, { integrity }]) => at !== '' && !integrity)).toEqual([])
  expect(lock.packages['node_modules/clinic'].version).toBe('13.0.0')
  await access(path.join(shipped, 'package.json'))
})
