/** The scenario that `bench init` writes: what it says of itself holds. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { EXAMPLE_WISH, renderExampleScenario } from '../../../src/experiments/benchmarks/example-scenario.js'
import { scenarioSchema } from '../../../src/experiments/benchmarks/scenario.js'
import { parseYaml } from '../../../src/workbook/yaml-file.js'

const text = renderExampleScenario(EXAMPLE_WISH, 'bench/orders.yaml')

function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : []
  return [...own, ...Object.values(schema).flatMap(keysOf)]
}

test('every key is in it', () => {
  const keys = keysOf(z.toJSONSchema(scenarioSchema, { io: 'input', unrepresentable: 'any' }))
  expect(keys).toEqual(expect.arrayContaining(['service', 'ready', 'where', 'direction', 'share']))
  for (const key of keys) expect(text).toMatch(new RegExp(`\\b${key}: ?`))
})

test('what is commented out is valid as well', () => {
  const uncommented = text.replaceAll(/^( *)# ( *(?:- \{)?\w+: *\S*.*)$/gm, '$1$2')
  const without = (key: string) => uncommented.replace(new RegExp(`^  ${key}:.*\n(?: {4}-.*\n)*`, 'm'), '')
  const read = (yaml: string) => parseYaml(yaml, scenarioSchema, { file: 'bench/orders.yaml' })
  expect(read(without('mix')).load.requests).toHaveLength(2)
  expect(read(without('requests'))).toMatchObject({
    load: { mix: { where: "path LIKE '/orders%'" }, requests: null },
    gates: [{ metric: 'under' }, { metric: 'cpu' }, { metric: 'p95' }, { direction: 'either' }],
    waivers: [{ metric: 'cpu' }],
    story: 'slow-orders',
  })
})
