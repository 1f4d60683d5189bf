// Logs through `whyslow import`, beside the engine by hand (the same columns, attributes and content hash) and beside other tools.
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGzip } from 'node:zlib'
import { BY_HAND } from './by-hand-sql.js'
import { measureProcess, median } from './measure.js'
import { isInstalled, RIVALS } from './rivals.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const cli = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const GB = 1e9

export async function benchImport({ rounds, lines }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  try {
    return [
      ...(await compareByHand({ folder, rounds, lines, format: 'alb', budget: 1.2 })),
      ...(await compareByHand({ folder, rounds, lines, format: 'nginx', budget: 1.2 })),
      ...(await compareFurther({ folder, rounds, lines: lines / 2, budget: 1.5 })),
      ...(await compareOddFiles({ folder, rounds, lines })),
      ...(await compareRivals({ folder, rounds, lines })),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The first round warms the file cache and doesn't count. */
async function measureRounds(rounds, run) {
  const runs = []
  for (let round = 0; round <= rounds; round += 1) {
    const measured = await run()
    if (round > 0) runs.push(measured)
    const times = Object.entries(measured).map(([name, { seconds }]) => `${name} ${seconds.toFixed(2)} s`)
    console.log(`round ${round}: ${times.join(', ')}`)
  }
  return { of: pick => median(runs.map(pick)), most: pick => Math.max(...runs.map(pick)) }
}

function node(folder, ...args) {
  return measureProcess(process.execPath, args, { cwd: folder })
}

/** Into a workbook of its own, which `then` may ask before it goes. */
async function importLog(folder, log, lines, then = async () => ({})) {
  const workbook = path.join(folder, 'workbook')
  await node(folder, cli, 'init', workbook)
  const ours = await node(folder, cli, 'import', log, '--workbook', workbook, '--json')
  const [{ rows, rejected }] = JSON.parse(ours.stdout).sources
  if (rows + rejected !== lines) throw new Error(`${lines - rows - rejected} lines are missing`)
  const further = await then(workbook)
  await rm(workbook, { recursive: true })
  return { ours, ...further }
}

function importByHand(folder, format, log) {
  return node(folder, path.join(here, 'by-hand.js'), format, log, path.join(folder, 'hand.parquet'))
}

async function compareByHand({ folder, rounds, lines, format, budget }) {
  const log = path.join(folder, `${format}.log`)
  await node(folder, path.join(here, 'make-log.js'), format, String(lines), log)
  const { of, most } = await measureRounds(rounds, async () => {
    const byHand = await importByHand(folder, format, log)
    const imported = await importLog(folder, log, lines, async workbook => ({
      overview: await node(folder, cli, 'overview', '--workbook', workbook, '--json'),
      'a command without the engine': await node(
        folder,
        cli,
        'story',
        'list',
        '--workbook',
        workbook,
        '--json',
      ),
    }))
    return { 'by hand': byHand, ...imported }
  })
  return [
    {
      what: `import of ${format}, against the engine by hand`,
      value: of(run => run.ours.seconds / run['by hand'].seconds),
      budget,
      unit: 'x',
    },
    {
      what: `import of ${format}, peak memory`,
      value: most(run => run.ours.peak) / GB,
      budget: 1.5,
      unit: ' GB',
    },
    {
      what: `overview of ${format}, whole process`,
      value: of(run => run.overview.seconds),
      budget: 1,
      unit: ' s',
    },
    {
      what: 'a command without the engine, for comparison',
      value: of(run => run['a command without the engine'].seconds),
      budget: null,
      unit: ' s',
    },
  ]
}

/** The other formats, each in a file of its own. */
async function compareFurther({ folder, rounds, lines, budget }) {
  const results = []
  for (const format of Object.keys(BY_HAND).filter(name => !['alb', 'nginx'].includes(name))) {
    const log = path.join(folder, `${format}.log`)
    await node(folder, path.join(here, 'make-log.js'), format, String(lines), log)
    const { of } = await measureRounds(rounds, async () => ({
      [`${format} by hand`]: await importByHand(folder, format, log),
      ours: (await importLog(folder, log, lines)).ours,
    }))
    results.push({
      what: `import of ${format}, against the engine by hand`,
      value: of(run => run.ours.seconds / run[`${format} by hand`].seconds),
      budget,
      unit: 'x',
    })
    await rm(log)
  }
  return results
}

/** Compressed, and with one torn line in a thousand, beside the plain and clean one. */
async function compareOddFiles({ folder, rounds, lines }) {
  const plain = path.join(folder, 'nginx.log')
  const torn = path.join(folder, 'torn.log')
  await node(folder, path.join(here, 'make-log.js'), 'nginx', String(lines), torn, '1000')
  await pipeline(createReadStream(plain), createGzip(), createWriteStream(`${plain}.gz`))
  const { of } = await measureRounds(rounds, async () => ({
    plain: (await importLog(folder, plain, lines)).ours,
    torn: (await importLog(folder, torn, lines)).ours,
    gz: (await importLog(folder, `${plain}.gz`, lines)).ours,
    gzip: await measureProcess('sh', ['-c', `gzip -dc '${plain}.gz' | wc -l`]),
  }))
  return [
    {
      what: 'import with 1 in 1,000 lines torn, against a clean one',
      value: of(run => run.torn.seconds / run.plain.seconds),
      budget: 1.1,
      unit: 'x',
    },
    {
      what: 'import of .gz, against gzip -dc | wc -l and the plain import',
      value: of(run => run.gz.seconds / (run.gzip.seconds + run.plain.seconds)),
      budget: 1.2,
      unit: 'x',
    },
  ]
}

async function compareRivals({ folder, rounds, lines }) {
  const log = path.join(folder, 'nginx.log')
  const rivals = RIVALS.filter(({ name, needs }) => {
    if (isInstalled(needs)) return true
    console.log(`left out: ${name} is not installed`)
    return false
  })
  const { of } = await measureRounds(rounds, async () => {
    const run = await importLog(folder, log, lines)
    for (const { name, command } of rivals) {
      const [program, args, env] = command(log)
      run[name] = await measureProcess(program, args, { cwd: folder, env: { ...process.env, ...env } })
    }
    return run
  })
  return rivals.map(({ name, needs }) => ({
    what: `import, against ${name}`,
    value: of(run => run.ours.seconds / run[name].seconds),
    budget: needs === 'goaccess' ? 1 / 20 : 1,
    unit: 'x',
  }))
}
