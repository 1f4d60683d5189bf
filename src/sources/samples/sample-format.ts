/** Files of single measurements, which need no workbook: what a benchmark or another tool wrote. */
import type { DurationUnit } from '../layout.js'

export interface Measurement {
  value_ms: number
  /** What it belongs to, and isn't independent of; null: to itself. */
  cluster: string | null
}

export interface SampleOptions {
  /** The column, member or benchmark that holds the number; told by its name where it is left out. */
  value?: string | undefined
  /** The column or member that names the cluster. */
  cluster?: string | undefined
  /** Of numbers whose name doesn't say it. */
  unit?: DurationUnit | undefined
}

export interface SampleFormat {
  name: string
  /** Whether a file that begins like this is of it. */
  detect(head: string): boolean
  /** Throws a `WhyslowError` with the place where it finds something else. */
  read(file: string, options: SampleOptions): AsyncIterable<Measurement[]>
}
