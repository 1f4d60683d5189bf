/** One number a line; empty lines and those that begin with # are none. Milliseconds, unless --unit says another one. */
import { WhyslowError } from '../../errors.js'
import { DURATION_UNITS } from '../layout.js'
import { readLines } from '../read-lines.js'
import { sizeOf } from './file-size.js'
import type { Measurement, SampleFormat } from './sample-format.js'

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/

export const plainNumbers: SampleFormat = {
  name: 'numbers',
  detect: head => {
    const lines = head.split(/\r?\n/).filter(isContent)
    return lines.length > 0 && lines.slice(0, 20).every(line => NUMBER.test(line.trim()))
  },
  async *read(file, { unit = 'ms' }) {
    for await (const lines of readLines(file, await sizeOf(file))) {
      yield lines
        .filter(({ text }) => isContent(text))
        .map(({ number, text }): Measurement => {
          if (!NUMBER.test(text.trim()))
            throw new WhyslowError(`Expected a number, found ${JSON.stringify(text.slice(0, 40))}.`, {
              place: { file, line: number },
            })
          return { value_ms: Number(text) * DURATION_UNITS[unit], cluster: null }
        })
    }
  },
}

function isContent(line: string): boolean {
  return line.trim() !== '' && !line.startsWith('#')
}
