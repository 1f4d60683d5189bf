/** Programs of every kind, and the change that is thought through for each. */
import type { ProgramChange, Routine } from './programs.js'

export interface Shape {
  program: Routine
  change: ProgramChange
  under_ms: number
  /** Clocks of services are off by up to so many seconds. */
  skew_s?: number
  /** Nothing is gained, in any trace. */
  isSlack?: true
}

const plain = (name: string, ms: number): Routine => ({ name, steps: [{ work: ms }] })
const remote = (name: string, service: string, ...steps: Routine['steps']): Routine => ({
  name,
  service,
  steps,
})

export const SHAPES: Record<string, Shape> = {
  serial: {
    program: {
      name: 'GET /serial',
      steps: [
        { work: 3 },
        { call: plain('session', 8) },
        { work: 1 },
        { call: { name: 'orders', steps: [{ work: 2 }, { call: plain('query', 30) }, { work: 1 }] } },
        { call: plain('query', 20) },
        { call: plain('render', 15) },
        { work: 2 },
      ],
    },
    change: { kind: 'span', name: 'query', times: 3 },
    under_ms: 60,
  },
  'fan-out': {
    program: {
      name: 'GET /fan-out',
      steps: [
        { work: 2 },
        {
          all: [
            [{ call: plain('prices', 25) }],
            [{ work: 1 }, { call: plain('stock', 30) }],
            [{ call: plain('reviews', 12) }],
          ],
        },
        { work: 2 },
        { call: plain('render', 10) },
      ],
    },
    change: { kind: 'span', name: 'stock', times: 4 },
    under_ms: 48,
  },
  'beside something longer': {
    program: {
      name: 'GET /slack',
      steps: [
        {
          all: [
            [{ call: { name: 'long', steps: [{ work: 60, spread: 0.1 }, { call: plain('inner', 10) }] } }],
            [{ call: { name: 'short', steps: [{ work: 9, spread: 0.2 }] } }],
          ],
        },
        { call: plain('render', 10) },
      ],
    },
    change: { kind: 'span', name: 'short', times: Infinity },
    under_ms: 85,
    isSlack: true,
  },
  'loop made parallel': {
    program: {
      name: 'GET /loop',
      steps: [
        { work: 2 },
        { loop: plain('lookup', 6), from: 2, to: 9, gap: 0.3 },
        { call: plain('render', 9) },
        { work: 1 },
      ],
    },
    change: { kind: 'parallel', name: 'lookup', times: 1 },
    under_ms: 30,
  },
  retries: {
    program: {
      name: 'GET /retries',
      steps: [{ work: 3 }, { retry: plain('pay', 25), fails: 0.3 }, { call: plain('receipt', 8) }],
    },
    change: { kind: 'span', name: 'pay', times: 2 },
    under_ms: 34,
  },
  'fire and forget': {
    program: {
      name: 'GET /audit',
      steps: [
        { work: 2 },
        { fire: plain('audit', 25) },
        { call: plain('query', 20) },
        { call: plain('render', 10) },
      ],
    },
    change: { kind: 'span', name: 'audit', times: Infinity },
    under_ms: 40,
  },
  'services with clocks of their own': {
    program: {
      name: 'GET /far',
      steps: [
        { work: 2 },
        {
          call: remote(
            'cart',
            'cart',
            { work: 4 },
            { call: remote('stock', 'stock', { work: 3 }, { call: plain('query', 20) }) },
          ),
        },
        {
          all: [
            [{ call: remote('price', 'price', { work: 20 }) }],
            [{ call: remote('taxes', 'taxes', { call: plain('query', 22) }) }],
          ],
        },
        { work: 3 },
      ],
    },
    change: { kind: 'span', name: 'query', times: 5 },
    under_ms: 62,
    skew_s: 5,
  },
  'branches that wait for each other at the end only': {
    program: {
      name: 'GET /branches',
      steps: [
        {
          all: [
            [{ call: plain('a1', 20) }, { call: plain('a2', 14) }],
            [{ call: plain('b1', 14) }, { call: plain('b2', 18) }],
          ],
        },
        { call: plain('merge', 6) },
      ],
    },
    change: { kind: 'span', name: 'a1', times: 3 },
    under_ms: 46,
  },
  'calls of another service made parallel': {
    program: {
      name: 'GET /calls',
      steps: [
        { work: 3 },
        { loop: remote('item', 'items', { work: 3 }, { call: plain('query', 5) }), from: 1, to: 6, gap: 0.2 },
        { work: 4 },
      ],
    },
    change: { kind: 'parallel', name: 'call item', times: 1 },
    under_ms: 28,
    skew_s: 0.004,
  },
}
