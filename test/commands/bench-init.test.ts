import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, runCli, runJson, transcribe } from './run-cli.js'

let dir: string

beforeEach(async () => {
  dir = path.join(await makeFolder(false), 'shop')
  await mkdir(dir)
})
afterEach(() => rm(path.dirname(dir), { recursive: true }))

test('writes a scenario and a workflow once, and says so the second time', async () => {
  const first = await transcribe(['bench', 'init', '--ci', 'github'], { cwd: dir })
  const read = () =>
    Promise.all(
      ['bench/shop.yaml', '.github/workflows/whyslow.yml'].map(file =>
        readFile(path.join(dir, file), 'utf8'),
      ),
    )
  const written = await read()
  const again = await transcribe(['bench', 'init', '--ci', 'github'], { cwd: dir })
  expect(await read()).toEqual(written)
  expect((await readdir(dir)).sort()).toEqual(['.github', 'bench'])
  await expect([first, again].join('\n')).toMatchFileSnapshot('../golden/bench-init.txt')
})

test('--json names the files; a name that is no name ends with 2, and nothing is written', async () => {
  const wish = [
    '--name',
    'orders',
    '--command',
    'node server.js --port 3000',
    '--url',
    'http://127.0.0.1:3000/orders',
  ]
  expect(await runJson(['bench', 'init', ...wish, '--ci', 'gitlab'], { cwd: dir })).toEqual({
    files: [
      { file: 'bench/orders.yaml', what: 'scenario', isNew: true },
      { file: '.gitlab-ci.whyslow.yml', what: 'workflow', isNew: true },
      { file: '.gitlab-ci.yml', what: 'include', isNew: true },
    ],
  })
  const odd = await runCli(['bench', 'init', '--name', '"><script>\n::error::x'], { cwd: dir })
  expect(odd).toMatchObject({ code: 2, stdout: '' })
  expect(odd.stderr).toMatch(
    /^Error: Expected a name of letters.*\n\\x3a:error::x”\.\n {2}→ --name script-error-x\n$/,
  )
  expect(await readdir(path.join(dir, 'bench'))).toEqual(['orders.yaml'])
})
