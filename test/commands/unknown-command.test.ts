/** Words that are no command: an error like all others, with the command that was meant. */
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { runCli } from './run-cli.js'

const cwd = tmpdir()

test.for([
  [['nxt'], '“nxt”', ['whyslow next', 'All commands: whyslow help']],
  [['wahtif', 'orders', '--free'], '“wahtif orders”', ['whyslow whatif', 'All commands: whyslow help']],
  [['bnech'], '“bnech”', ['whyslow bench', 'All commands: whyslow help']],
  [['set', 'GET /a/:id'], '“set GET /a/:id”', ['whyslow story set', 'All commands: whyslow help']],
  [['story', 'nwe'], '“story nwe”', ['whyslow story new', 'All commands of story: whyslow help story']],
] as const)('%j', async ([args, found, next]) => {
  const { code, stdout, stderr } = await runCli([...args], { cwd })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toBe(`Error: There is no command ${found}.\n${next.map(line => `  → ${line}\n`).join('')}`)
})

test('a command that takes no words says so, as data too', async () => {
  const { code, stdout, stderr } = await runCli(['story', 'new', 'Orders are slow', '--json'], { cwd })
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
  expect(JSON.parse(stdout)).toEqual({
    error: {
      message: 'whyslow story new takes flags only, found “Orders are slow”.',
      place: null,
      next: ['whyslow story new --help'],
      exit: 2,
    },
  })
})
