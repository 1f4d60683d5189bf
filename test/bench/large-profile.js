// The largest profiles: collapsed stacks of 600 MB are read within 2 GB, and what can't be read is refused, within 2 GB too.
// Each in a process of its own, whose largest resident set is what counts.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'

const MEGABYTES = 600
const MOST_GB = 2

const READ = `
  const { readProfiles } = await import(process.argv[1])
  const start = performance.now()
  const result = await readProfiles(process.argv[2]).then(
    ({ profiles }) => profiles[0].stacks.length + ' call paths',
    error => 'refused: ' + error.message,
  )
  const seconds = (performance.now() - start) / 1000
  console.log(JSON.stringify({ result, seconds, gb: process.resourceUsage().maxRSS / 1e6 }))
`

export async function benchLargeProfile() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'whyslow-large-'))
  try {
    return [
      measure(folder, 'collapsed, 600 MB', writeStacks(5_000, 2)),
      measure(folder, 'collapsed, 600 MB, almost every stack another', writeStacks(1_000_000, 1_000_000)),
      measure(folder, 'cpuprofile, 600 MB (refused)', writeNumbers),
    ].flat()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function measure(folder, what, write) {
  const file = path.join(folder, 'profile')
  const out = openSync(file, 'w')
  write(text => writeSync(out, text))
  closeSync(out)
  const module = new URL('../../dist/profilers/read-profiles.js', import.meta.url).href
  const args = ['--input-type=module', '-e', READ, module, file]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${what}: ended with ${status}\n${stderr}`)
  const { result, seconds, gb } = JSON.parse(stdout)
  console.log(`  ${what}: ${result}`)
  return [
    { what: `${what}: memory`, value: gb, budget: MOST_GB, unit: ' GB' },
    { what: `${what}: time`, value: seconds, budget: null, unit: ' s' },
  ]
}

/** Stacks of 5 to 44 frames out of `functions`, each with `branches` callees. */
function writeStacks(functions, branches) {
  return write => {
    let seed = 1
    const random = most => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return Math.floor((seed / 2 ** 32) * most)
    }
    for (let size = 0; size < MEGABYTES * 1e6; ) {
      let block = ''
      while (block.length < 1e6) {
        let at = random(50)
        const names = ['node']
        for (let depth = 5 + random(40); depth > 0; depth -= 1) {
          at = (at * 7 + random(branches)) % functions
          names.push(`handle${at} (/srv/app/src/modules/module-${at % 300}.js:${at + 1})`)
        }
        block += `${names.join(';')} ${1 + random(9)}\n`
      }
      write(block)
      size += block.length
    }
  }
}

function writeNumbers(write) {
  write('{"nodes":[{"id":1,"callFrame":{"functionName":"(root)"}}],"startTime":0,"endTime":1,"samples":[')
  const block = '1,'.repeat(500_000)
  for (let size = 0; size < MEGABYTES * 1e6; size += block.length) write(block)
  write('1]}')
}
