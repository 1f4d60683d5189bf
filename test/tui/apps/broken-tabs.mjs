/** The board with pages that throw: when they are rendered, in an effect, later, and in a promise. Run like `whyslow board`. */
import { useEffect } from 'react'
import { TABS } from '../../../dist/tui/story/tabs.js'

function boom(where) {
  throw new Error(`planted ${where}`)
}

const page = (name, Component) => ({ name, keys: [], shows: [], Component })

TABS.splice(
  0,
  TABS.length,
  page('fine', () => null),
  page('render', () => boom('in a render')),
  page('effect', () => {
    useEffect(() => boom('in an effect'))
    return null
  }),
  page('later', () => {
    useEffect(() => void setTimeout(() => boom('later')))
    return null
  }),
  page('promise', () => {
    useEffect(() => void Promise.resolve().then(() => boom('in a promise')))
    return null
  }),
)
process.argv.splice(2, Infinity, 'board')
await import('../../../bin/run.js')
