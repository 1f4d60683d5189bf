// An ALB log through `whyslow import`, beside the engine by hand: the same columns, attributes and content hash.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureProcess, median } from './measure.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const cli = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const GB = 1e9

export async function benchImport({ rounds, lines }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'whyslow-bench-'))
  const log = path.join(folder, 'alb.log')
  const node = (...args) => measureProcess(process.execPath, args, { cwd: folder })
  try {
    await node(path.join(here, 'make-alb-log.js'), String(lines), log)
    const runs = []
    for (let round = 0; round <= rounds; round += 1) {
      const byHand = await node(path.join(here, 'import-by-hand.js'), log, path.join(folder, 'hand.parquet'))
      const workbook = path.join(folder, `workbook-${round}`)
      await node(cli, 'init', workbook)
      const ours = await node(cli, 'import', log, '--workbook', workbook, '--json')
      if (JSON.parse(ours.stdout).sources[0].rows !== lines) throw new Error('rows are missing')
      const overview = await node(cli, 'overview', '--workbook', workbook, '--json')
      const empty = await node(cli, 'story', 'list', '--workbook', workbook, '--json')
      if (round < rounds) await rm(workbook, { recursive: true })
      // The first round warms the file cache.
      if (round > 0) runs.push({ byHand, ours, overview, empty })
      console.log(
        `round ${round}: by hand ${byHand.seconds.toFixed(2)} s, import ${ours.seconds.toFixed(2)} s, overview ${overview.seconds.toFixed(2)} s`,
      )
    }
    const of = pick => median(runs.map(pick))
    return [
      {
        what: 'import, against the engine by hand',
        value: of(run => run.ours.seconds / run.byHand.seconds),
        budget: 1.25,
        unit: 'x',
      },
      {
        what: 'import, peak memory',
        value: Math.max(...runs.map(run => run.ours.peak)) / GB,
        budget: 1.5,
        unit: ' GB',
      },
      { what: 'overview, whole process', value: of(run => run.overview.seconds), budget: 1, unit: ' s' },
      {
        what: 'a command without the engine, for comparison',
        value: of(run => run.empty.seconds),
        budget: null,
        unit: ' s',
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
