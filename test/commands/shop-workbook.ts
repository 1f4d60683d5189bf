/** A workbook with the recorded fortnight of the shop, as the command line imports it. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { copyOf } from '../workbook/made-once.js'
import { ROOT, runCli } from './run-cli.js'

export function makeShopWorkbook(files = ['access.log.gz', 'accounts.csv']): Promise<string> {
  return copyOf(`shop ${files}`, dir => importShop(dir, files))
}

async function importShop(dir: string, files: readonly string[]): Promise<void> {
  await runCli(['init'], { cwd: dir })
  const config = path.join(dir, 'whyslow.yaml')
  const text = await readFile(config, 'utf8')
  await writeFile(config, text.replace('# - attribute: remote_user', '- attribute: remote_user'))
  const run = await runCli(
    ['import', ...files.map(file => path.join(ROOT, 'fixtures/recordings/shop', file))],
    { cwd: dir },
  )
  if (run.code !== 0) throw new Error(`The recording couldn't be imported:\n${run.stderr}`)
}

/** One request a line, with every trick that a stranger can put into a log. */
export const HOSTILE = `${[
  {
    path: '/\u001b]0;pwned\u0007',
    user_agent: '<script>alert(1)</script>',
    referer: '=cmd()',
    query: '::error::boom',
  },
  { path: '/a\u202egpj.exe', user_agent: '\u009b31mred', account: '::error file=x::boom', client: '::1' },
  {
    path: '/list\u0000\r\nSet-Cookie: a=b',
    user_agent: '##[error]boom',
    account: '::error::boom',
    client: '::ffff:192.0.2.1',
  },
]
  .map((request, i) =>
    JSON.stringify({
      time: `2026-10-05T09:00:0${i}Z`,
      method: 'GET',
      status: 200,
      duration_ms: 900 + i,
      ...request,
    }),
  )
  .join('\n')}\n`

/** What may never reach a terminal or a runner of CI jobs, in any output. */
export const UNSAFE_OUTPUT =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]|^\s*::[a-z]+.*::|##\[/m
