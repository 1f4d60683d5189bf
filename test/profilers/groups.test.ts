import { describe, expect, it } from 'vitest'
import { applyVersions, findVersions, keepVersions } from '../../src/profilers/find-versions.js'
import { groupByName, groupOfFrame } from '../../src/profilers/groups.js'
import { makeFrame, makeProfile, readText } from './profiles.js'

describe('groupOfFrame', () => {
  it.each([
    ['/srv/app/orders.js', 'own code'],
    ['C:\\app\\orders.js', 'own code'],
    ['/srv/app/node_modules/express/lib/router/index.js', 'express'],
    ['C:\\app\\node_modules\\@scope\\name\\a.js', '@scope/name'],
    ['/app/node_modules/.pnpm/express@4.18.2/node_modules/express/index.js', 'express'],
    ['node:internal/timers', 'node'],
    ['whyslow:in-target', 'whyslow'],
    ['/srv/app/venv/lib/python3.11/site-packages/django/db/query.py', 'django'],
    ['/usr/lib/python3/dist-packages/six.py', 'six'],
    ['/usr/lib/python3.11/json/encoder.py', 'python'],
    ['/srv/app/vendor/symfony/http-kernel/Kernel.php', 'symfony/http-kernel'],
    ['/srv/app/vendor/bundle/ruby/3.2.0/gems/activerecord-7.0.4/lib/a.rb', 'activerecord-7.0.4'],
    ['/usr/lib/ruby/3.1.0/json/common.rb', 'ruby'],
    [
      '/home/x/go/pkg/mod/golang.org/x/sync@v0.0.0-2020/errgroup/errgroup.go',
      'golang.org/x/sync@v0.0.0-2020',
    ],
    ['/srv/app/vendor/github.com/lib/pq/conn.go', 'github.com/lib/pq'],
    ['/usr/local/go/src/net/http/server.go', 'go'],
    ['/usr/lib/x86_64-linux-gnu/libc.so.6', 'native'],
    ['[kernel.kallsyms]', 'native'],
    ['/usr/bin/node', 'native'],
    ['/srv/app/build/Release/binding.node', 'native'],
    ['/srv/app/vendor/jquery.js', 'own code'],
    [null, 'native'],
  ])('%s: %s', (file, group) => {
    expect(groupOfFrame(makeFrame('f', { file }))).toBe(group)
  })

  it('a script without an ending has lines, and is own code', () => {
    expect(groupOfFrame(makeFrame('listen', { file: '/srv/app/bin/www', line: 3 }))).toBe('own code')
  })

  it('what a sampler saw that is no code', () => {
    const groups = (['gc', 'idle', 'program'] as const).map(kind => groupOfFrame(makeFrame('f', { kind })))
    expect(groups).toEqual(['v8/gc', 'idle', 'native'])
  })
})

describe('groupByName', () => {
  const frames = ['main.run', 'libc.so.6', '[kernel]', 'std::sort'].map(name => makeFrame(name))

  it('tells native code by name where nothing has a file', () => {
    const groups = groupByName(makeProfile(frames, [])).frames.map(groupOfFrame)
    expect(groups).toEqual(['own code', 'native', 'native', 'native'])
  })

  it('leaves a profile alone in which something has a file, and those of V8', () => {
    const mixed = makeProfile([...frames, makeFrame('g', { file: '/a.js' })], [])
    expect(groupByName(mixed)).toBe(mixed)
    const v8 = { ...makeProfile(frames, []), tool: 'v8' }
    expect(groupByName(v8).frames.map(groupOfFrame)).toEqual(['native', 'native', 'native', 'native'])
  })
})

describe('versions of packages', () => {
  const files: Record<string, string> = {
    '/app/node_modules/express/package.json': '{"name": "express", "version": "4.18.2"}',
    '/app/node_modules/@scope/name/package.json': '{"version": "1.0.0-rc.1"}',
    '/app/node_modules/broken/package.json': '{',
    '/app/node_modules/nameless/package.json': '{}',
  }
  const readFile = async (file: string) => files[file] ?? null
  const profile = makeProfile(
    ['express/a.js', '@scope/name/b.js', 'broken/c.js', 'nameless/d.js', 'absent/e.js']
      .map(name => makeFrame('f', { file: `/app/node_modules/${name}` }))
      .concat(makeFrame('own', { file: '/app/a.js' })),
    [],
  )

  it('are those of the package.json beside the path; without one the name stays', async () => {
    const versions = await findVersions(profile, readFile)
    expect(applyVersions(profile, versions).frames.map(groupOfFrame)).toEqual([
      'express@4.18.2',
      '@scope/name@1.0.0-rc.1',
      'broken',
      'nameless',
      'absent',
      'own code',
    ])
  })

  it('are kept in a V8 profile, and win over what is installed later', async () => {
    const node = (id: number, name: string, url: string, children: number[]) => ({
      id,
      callFrame: { functionName: name, scriptId: '1', url, lineNumber: 1, columnNumber: 1 },
      hitCount: 1,
      children,
    })
    const nodes = [node(1, '(root)', '', [2]), node(2, 'f', 'file:///app/node_modules/express/a.js', [])]
    const text = `${JSON.stringify({ nodes, startTime: 0, endTime: 10 })}\n`
    const kept = keepVersions(text, { '/app/node_modules/express': 'express@4.18.1' })
    const { profiles } = await readText(kept)
    const found = profiles[0]!.frames.find(frame => frame.function === 'f')!
    expect(groupOfFrame(found)).toBe('express@4.18.1')
    expect(await findVersions(profiles[0]!, readFile)).toEqual({})
  })
})
