/** Reads a file of single measurements, whatever tool wrote it. */
import { open } from 'node:fs/promises'
import { WhyslowError } from '../../errors.js'
import { explainUnreadable } from '../open-input.js'
import { plainNumbers } from './plain-numbers.js'
import { csvRecords, jsonRecords } from './records.js'
import type { Measurement, SampleFormat, SampleOptions } from './sample-format.js'
import { goBenchmark, hyperfine, k6, summaries } from './tools.js'

/** The most particular first. */
const SAMPLE_FORMATS: readonly SampleFormat[] = [
  plainNumbers,
  hyperfine,
  k6,
  summaries,
  goBenchmark,
  jsonRecords,
  csvRecords,
]

const HEAD_BYTES = 64 << 10

export async function readSamples(file: string, options: SampleOptions): Promise<Measurement[]> {
  const head = await readHead(file)
  const format = SAMPLE_FORMATS.find(one => one.detect(head))
  if (!format)
    throw new WhyslowError(
      'Expected numbers: one a line, CSV with a header, NDJSON, or results of hyperfine, k6 or go test -bench.',
      {
        place: { file, line: 1 },
        next: [`The file begins: ${JSON.stringify(head.slice(0, 80).toWellFormed())}`],
      },
    )
  const found: Measurement[] = []
  for await (const batch of format.read(file, options)) for (const one of batch) found.push(one)
  if (found.length === 0)
    throw new WhyslowError(`The file holds no measurement (read as ${format.name}).`, { place: { file } })
  return found
}

async function readHead(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
      return buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, '')
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw explainUnreadable(file, error)
  }
}
