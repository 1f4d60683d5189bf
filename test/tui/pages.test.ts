/** The pages of a story on a terminal, with the figures that the commands print and that `--json` has. */
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Look } from '../../src/evidence/look.js'
import type { HypothesisTest } from '../../src/steps/test-hypothesis.js'
import { formatCount, formatPoints, formatShare } from '../../src/units.js'
import { ROOT, runCli, runJson } from '../commands/run-cli.js'
import { makeShopWorkbook } from '../commands/shop-workbook.js'
import { KEYS, missingPty, Pty } from './pty.js'

const BOARD = `'${process.execPath}' '${path.join(ROOT, 'bin/run.js')}' board`
const ID = 'get-products-id'
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

let cwd: string
let pty: Pty
beforeAll(async () => {
  cwd = await makeShopWorkbook()
  const run = async (...args: string[]) => {
    const { code, stderr } = await runCli(args, { cwd })
    if (code !== 0) throw new Error(stderr)
  }
  await run('story', 'new', '--title', 'Products', '--about', 'GET /products/:id')
  await run(
    ...['hypothesis', 'new', ID, '--claim', 'the second instance misses more', '--direction', 'down'],
    ...['--smallest', '5pp', '--where-before', `upstream = '127.0.0.1:14001'`],
    ...['--where-after', `upstream = '127.0.0.1:14003'`],
  )
  const profile = path.join(ROOT, 'fixtures/profiles/shop/invoices.cpuprofile')
  await run('profile', 'import', profile, '--story', ID)
})
afterAll(async () => {
  await pty?.close()
  await rm(cwd, { recursive: true, force: true })
})

describe.skipIf(missingPty() !== null)('the pages of a story', () => {
  test('hold what the commands say, each at its key', async () => {
    const look = await runJson<Look>(['look', ID], { cwd })
    const share = formatShare(look.underShare)
    const printed = await runCli(['look', ID], { cwd })
    expect(printed.stdout).toContain(`${share} under 500 ms`)

    pty = await Pty.open(BOARD, { cwd, columns: 110, rows: 50 })
    await pty.see('▸ Products')
    expect(pty.text).toMatch(new RegExp(`Products +${share.replace('.', '\\.')} `))
    pty.send(KEYS.enter)
    await pty.see('[1 story]')
    await pty.see('How many customers?')
    pty.send(KEYS.right)
    await pty.see('[2 evidence]')
    await pty.see(`${share} of ${formatCount(look.requests)} requests are good`)
    pty.send('3')
    await pty.see('press l')
    pty.send('l')
    await pty.see('look: done.')
    await pty.see('Two peaks: 15 ms')
    expect(pty.text).toMatch(new RegExp(`requests .*${share.replace('.', '\\.')}`))
    pty.send('4')
    await pty.see('Hours of the week')
    const [, day, hour, worst, requests] =
      /worst (\w{3}) (\d+):00–\S+ ([\d.]+%) not good of ([\d,]+) requests/.exec(pty.text) ?? []
    const told = look.week.find(at => DAYS[at.weekday - 1] === day && at.hour === Number(hour))
    expect([worst, requests]).toEqual([formatShare(1 - told!.underShare!), formatCount(told!.requests)])
    pty.send('5')
    await pty.see('press e')

    pty.send('8')
    await pty.see('the second instance misses more')
    pty.send('h')
    await pty.see('hypothesis test: done.')
    const tested = await runJson<HypothesisTest>(['hypothesis', 'test', ID], { cwd })
    await pty.see('disproved')
    expect(pty.text).toContain(formatPoints(tested.change.value!))

    pty.send('6')
    await pty.see('[6 profiles]')
    await pty.see('invoices.cpuprofile')
    pty.send('7')
    await pty.see('flame graph: done.')
    await pty.see('[all 1.47 s')
    pty.send(KEYS.down, KEYS.down)
    await pty.see('[renderInvoice 98%')
    await pty.see('invoices.js:50')
    pty.send(KEYS.enter, KEYS.down)
    await pty.see('[layoutPages')
    pty.send('u', KEYS.up, KEYS.up, KEYS.up)
    await pty.see('[all 1.47 s')

    pty.send('9')
    await pty.see('[9 timeline]')
    await pty.see('hypothesis h1')
    pty.send(KEYS.tab)
    await pty.see('[1 story]')
    pty.send(KEYS.shiftTab)
    await pty.see('[9 timeline]')
    pty.send('q')
    expect(await pty.end()).toBe(0)
  })
})
