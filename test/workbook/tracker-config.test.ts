import { describe, expect, test } from 'vitest'
import { configSchema } from '../../src/workbook/config.js'
import { EXAMPLE_CONFIG } from '../../src/workbook/example-config.js'
import { parseYaml } from '../../src/workbook/yaml-file.js'

const read = (text: string) => parseYaml(text, configSchema, { file: 'whyslow.yaml' }).trackers

test('without trackers there are none', () => {
  expect(read('objective: 0.9')).toEqual({ github: null, jira: null })
  expect(read('trackers: {github: }')).toEqual({ github: null, jira: null })
})

test('what is left out has a default', () => {
  expect(
    read('trackers: {github: {repo: acme/shop}, jira: {site: "https://a.atlassian.net/", project: PERF}}'),
  ).toEqual({
    github: { repo: 'acme/shop', api: 'https://api.github.com', tokenCommand: null, allow: [] },
    jira: {
      site: 'https://a.atlassian.net',
      project: 'PERF',
      issueType: 'Task',
      flavour: 'cloud',
      fields: {},
      priority: null,
      labels: [],
      components: [],
      linkType: 'Relates',
      tokenCommand: null,
      allow: [],
    },
  })
})

test('all of it', () => {
  const { github, jira } = read(`
trackers:
  github: {repo: acme/shop.js, api: "http://127.0.0.1:8080/", token_command: "pass show 'my token'", allow: [Acme]}
  jira:
    site: https://jira.example.com
    project: PERF
    issueType: Bug
    flavour: datacenter
    fields: {customers: customfield_10042, goodShare: customfield_10043}
    priority: High
    labels: [performance]
    components: [shop]
    linkType: Blocks
    token_command: op read op://work/jira/token
    allow: [Acme]
`)
  expect(github).toMatchObject({
    api: 'http://127.0.0.1:8080',
    tokenCommand: ['pass', 'show', 'my token'],
    allow: ['Acme'],
  })
  expect(jira).toMatchObject({
    flavour: 'datacenter',
    fields: { customers: 'customfield_10042', goodShare: 'customfield_10043' },
    tokenCommand: ['op', 'read', 'op://work/jira/token'],
  })
})

describe('a mistake is shown at its place', () => {
  test.for([
    ['trackers: {github: {repo: shop}}', '1:27  expected a repository such as acme/shop'],
    ['trackers: {github: {}}', '“repo” is missing'],
    ['trackers: {github: {repo: a/b, api: here}}', '1:37  expected a URL'],
    ['trackers: {github: {repo: a/b, token: x}}', 'unknown key “token”'],
    [
      `trackers: {github: {repo: a/b, token_command: "pass 'x"}}`,
      'expected a command whose quotes are closed',
    ],
    ['trackers: {jira: {site: "https://j.example", project: perf}}', 'expected the key of a project'],
    [
      'trackers: {jira: {site: "https://j.example", project: P1, fields: {customers: Hit}}}',
      'expected the id of a field such as customfield_10042',
    ],
    ['trackers: {jira: {site: "https://j.example", project: P1, labels: [a b]}}', 'a label without spaces'],
    ['trackers: {jira: {site: "https://j.example", project: P1, flavour: server}}', 'cloud'],
  ])('%s', ([text, expected]) => {
    expect(() => read(text!)).toThrow(expected)
  })
})

test('the example is valid once its comments are taken off', () => {
  const start = EXAMPLE_CONFIG.indexOf('# trackers:')
  const text = EXAMPLE_CONFIG.slice(start).replace(/^#( {2,}| ?(?=trackers))(?:# )?/gm, '$1')
  const { github, jira } = read(text)
  expect(github).toMatchObject({ repo: 'acme/shop', tokenCommand: ['pass', 'show', 'github'] })
  expect(jira).toMatchObject({ fields: { revenue: 'customfield_10043' }, linkType: 'Relates' })
})
