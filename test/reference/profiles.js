// Profiles that pprofutils published in two formats each, read from both, and written and read again in ours.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { FORMATS } from '../../dist/profilers/formats/index.js'
import { readProfiles } from '../../dist/profilers/read-profiles.js'

export async function checkProfiles(folder) {
  const file = name => path.join(folder, 'profiles', name)
  const paths = async name => listPaths((await readProfiles(file(name))).profiles[0])
  const json = listPprofJson(JSON.parse(readFileSync(file('json.out.json'), 'utf8')))
  return [
    row('folded.in.txt and folded.out.pprof', await paths('folded.in.txt'), await paths('folded.out.pprof')),
    row('folded.out.txt and folded.in.pprof', await paths('folded.out.txt'), await paths('folded.in.pprof')),
    row('json.out.json and json.in.pprof', json, await paths('json.in.pprof')),
    ...(await checkRoundTrips(file('json.in.pprof'))),
  ]
}

async function checkRoundTrips(file) {
  const [profile] = (await readProfiles(file)).profiles
  const folder = mkdtempSync(path.join(os.tmpdir(), 'whyslow-reference-'))
  const rows = []
  for (const { name, write } of FORMATS.filter(format => format.write)) {
    const copy = path.join(folder, 'copy')
    writeFileSync(copy, write(profile))
    const back = await readProfiles(copy)
    rows.push(row(`json.in.pprof as ${name}, and back`, listPaths(profile), listPaths(back.profiles[0])))
  }
  rmSync(folder, { recursive: true })
  return rows
}

/** Call paths of function names with their weight. */
function listPaths({ frames, stacks }) {
  const sums = new Map()
  for (const node of stacks) {
    if (node.self === 0) continue
    const names = []
    for (let at = node; at; at = stacks[at.parent]) names.push(frames[at.frame].function)
    addTo(sums, names.reverse(), node.self)
  }
  return format(sums)
}

/** The same of pprof's own JSON, by the time of its second value. */
function listPprofJson({ Sample }) {
  const sums = new Map()
  for (const { Location, Value } of Sample) {
    const names = Location.flatMap(({ Line }) => Line.map(line => line.Function.Name))
    addTo(sums, names.reverse(), Value[1] / 1e6)
  }
  return format(sums)
}

function addTo(sums, names, self) {
  const key = names.join(' > ')
  sums.set(key, (sums.get(key) ?? 0) + self)
}

const format = sums =>
  [...sums]
    .map(([names, self]) => `${names} ${self.toFixed(6)}`)
    .sort()
    .join('\n')

function row(what, expected, found) {
  const same = expected !== '' && expected === found
  const stacks = `${expected.split('\n').length} stacks`
  return { what, expected: stacks, found: same ? stacks : `${found}\ninstead of\n${expected}`, ok: same }
}
