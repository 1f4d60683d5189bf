import { expect, test } from 'vitest'
import { findTarget } from '../../src/evidence/good.js'

const targets = { default: 2000, routes: { 'GET /orders/:id': 300 } }

test.each([
  ['GET /orders/:id', 300, 'route'],
  ['GET /x', 2000, 'workbook'],
  // A route of a log can be any text, also the name of what every object has.
  ['constructor', 2000, 'workbook'],
  [null, 2000, 'workbook'],
] as const)('%s has the target %i of its %s', (route, under_ms, setBy) => {
  expect(findTarget(targets, route)).toEqual({ under_ms, setBy })
})
