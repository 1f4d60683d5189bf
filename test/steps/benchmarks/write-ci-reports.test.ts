import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WhyslowError } from '../../../src/errors.js'
import { reportComparison } from '../../../src/reports/benchmarks/ci-report.js'
import { type CiFlags, planCiReports } from '../../../src/steps/benchmarks/write-ci-reports.js'
import { comparison } from '../../reports/benchmarks/sample-comparison.js'

let dir: string
let printed: string[]
let complained: string[]

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'whyslow-reports-'))
  printed = []
  complained = []
  await mkdir(path.join(dir, 'services/api/bench'), { recursive: true })
  await writeFile(path.join(dir, 'services/api/bench/orders.yaml'), 'gates:\n  - under\n  - cpu\n')
})
afterEach(() => rm(dir, { recursive: true }))

/** As in a job of a repository, in one of its folders. The clock goes on by two seconds with each look. */
function plan(flags: CiFlags, scenario: string | undefined = 'bench/orders.yaml') {
  let now = Date.parse('2026-11-29T03:17:05Z')
  return planCiReports(flags, scenario, {
    cwd: path.join(dir, 'services/api'),
    workspace: dir,
    command: 'whyslow bench compare a b bench/orders.yaml',
    now: () => {
      now += 2000
      return new Date(now)
    },
    print: lines => printed.push(lines),
    complain: error => complained.push(error.message),
  })
}

const TOLD = {
  report: (frame: Parameters<typeof reportComparison>[1]) => reportComparison(comparison(), frame),
  summary: '## orders\n',
}
const read = (file: string) => readFile(path.join(dir, file), 'utf8')

test('the summary is added to what is there, JUnit is written whole, and folders are made', async () => {
  await writeFile(path.join(dir, 'summary.md'), 'before\n')
  const flags: CiFlags = {
    summary: path.join(dir, 'summary.md'),
    junit: 'reports/of/bench.xml',
    annotations: 'github',
  }
  for (const _ of [1, 2]) {
    const { files, failures } = await (await plan(flags)).write(TOLD)
    expect(failures).toEqual([])
    expect(files).toEqual({
      summary: path.join(dir, 'summary.md'),
      junit: path.join(dir, 'services/api/reports/of/bench.xml'),
    })
  }
  expect(await read('summary.md')).toBe('before\n## orders\n\n## orders\n\n')
  const xml = await read('services/api/reports/of/bench.xml')
  expect(xml.match(/<testsuite /g)).toHaveLength(1)
  expect(xml).toContain('time="2.000"')
  // Named from the top of the repository, where annotations are looked for, at the line of the gate.
  expect(printed[0]).toMatch(/^::error file=services\/api\/bench\/orders\.yaml,line=2,title=Regression/)
})

test('nothing is written or printed where nothing is asked for', async () => {
  const nothing = await plan({})
  expect(await nothing.write(TOLD)).toEqual({ files: {}, failures: [] })
  await expect(nothing.guard(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
  expect(printed).toEqual([])
})

test('what can’t be written is said before anything is measured', async () => {
  await writeFile(path.join(dir, 'file'), '')
  await expect(plan({ junit: path.join(dir, 'file/bench.xml') })).rejects.toThrow('Could not write')
  await expect(plan({ junit: dir })).rejects.toThrow('there is a folder of that name')
  await expect(plan({ summary: '' })).rejects.toThrow('--summary names no file')
})

test('what can’t be written later takes no result away, and the other report is there', async () => {
  const made = await plan({
    summary: 'reports/summary.md',
    junit: 'reports/bench.xml',
    annotations: 'github',
  })
  await mkdir(path.join(dir, 'services/api/reports/summary.md'))
  const { files, failures } = await made.write(TOLD)
  expect(files).toEqual({ junit: path.join(dir, 'services/api/reports/bench.xml') })
  expect(failures.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Could not write .*summary\.md: /),
  ])
  expect(printed).toHaveLength(1)
})

test('a service that didn’t start is in all reports, and the error goes on', async () => {
  const made = await plan({ summary: 'summary.md', junit: 'bench.xml', annotations: 'github' })
  const error = new WhyslowError('The service ended before it was ready.\n::error::from the service', {
    exit: 4,
  })
  await expect(made.guard(() => Promise.reject(error))).rejects.toBe(error)
  expect(await read('services/api/summary.md')).toContain(
    '## Benchmark orders: not measured\n\nThe service ended',
  )
  expect(await read('services/api/bench.xml')).toMatch(/errors="1"[\s\S]*<error type="not-measured"/)
  expect(printed).toEqual([
    '::error file=services/api/bench/orders.yaml,title=Not measured%3A orders%2C measured::The service ended before it was ready.%0A::error::from the service',
  ])
})

test('a report of a failure that can’t be written is complained of, and the failure goes on', async () => {
  const made = await plan({ summary: 'reports/summary.md', junit: 'reports/bench.xml' })
  await mkdir(path.join(dir, 'services/api/reports/summary.md'))
  const error = new WhyslowError('The service ended before it was ready.', { exit: 4 })
  await expect(made.guard(() => Promise.reject(error))).rejects.toBe(error)
  expect(complained).toEqual([expect.stringMatching(/^Could not write .*summary\.md: /)])
  expect(await read('services/api/reports/bench.xml')).toContain('The service ended before it was ready.')
})

test('an interruption is no failure, and what went well isn’t told twice', async () => {
  const made = await plan({ summary: 'summary.md' })
  const interruption = Object.assign(new Error('interrupted'), { name: 'AbortError' })
  await expect(made.guard(() => Promise.reject(interruption))).rejects.toBe(interruption)
  expect(await made.guard(async () => 7)).toBe(7)
  await expect(read('services/api/summary.md')).rejects.toThrow('ENOENT')
})

test.skipIf(process.getuid?.() === 0)('a folder without the right to write is said at once', async () => {
  await chmod(path.join(dir, 'services/api'), 0o555)
  await expect(plan({ junit: 'bench.xml' })).rejects.toThrow('no permission')
  await chmod(path.join(dir, 'services/api'), 0o755)
})
