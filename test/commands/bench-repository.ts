/** A git repository with a small service in two versions: the second one takes more CPU for each request. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** For each request: so many hashes, or for so long, which is the same on any machine. */
type Work = number | { ms: number }

const SERVER = (work: Work) => `
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
createServer((request, response) => {
  let hash = 'a'
  ${typeof work === 'number' ? `for (let i = 0; i < ${work}; i += 1)` : `for (const end = performance.now() + ${work.ms}; performance.now() < end; )`} hash = createHash('sha256').update(hash).digest('hex')
  response.end(hash)
}).listen(Number(process.env.SERVICE_PORT), '127.0.0.1')
`

export interface BenchRepository {
  /** The folder of the service, below the top. */
  folder: string
  top: string
  git: (...args: string[]) => string
  /** The temporary folders that checkouts go to. */
  tmp: string
  remove: () => Promise<void>
}

const SCENARIO = (port: number, more = '') => `service:
  command: [node, server.mjs]
  ready: http://127.0.0.1:${port}/
  env: {SERVICE_PORT: '${port}'}
load: {url: 'http://127.0.0.1:${port}/', connections: 2, duration: 400ms, warmup: 100ms}
under: 1s
measure: [cpu]
${more}`

/** `base` and `head` are tags; the working copy is at `head`. */
export async function makeRepository(
  work: { base: Work; head: Work },
  gates: string,
): Promise<BenchRepository> {
  const whole = await realpath(await mkdtemp(path.join(tmpdir(), 'whyslow-repository-')))
  const [top, tmp] = [path.join(whole, 'code'), path.join(whole, 'tmp')]
  const folder = path.join(top, 'services', 'orders')
  await mkdir(path.join(folder, 'bench'), { recursive: true })
  await mkdir(tmp)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd: top,
      encoding: 'utf8',
    })
  git('init', '--quiet', '--initial-branch=main')
  await writeFile(path.join(folder, 'bench', 'orders.yaml'), SCENARIO(await freePort(), gates))
  for (const side of ['base', 'head'] as const) {
    await writeFile(path.join(folder, 'server.mjs'), `// ${side}\n${SERVER(work[side])}`)
    git('add', '.')
    git('commit', '--quiet', '-m', side)
    git('tag', side)
  }
  return { folder, top, tmp, git, remove: () => rm(whole, { recursive: true, force: true }) }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
