/** A sampler that `whyslow.yaml` names: a command with the pid, the seconds, and the file that it writes. */
import path from 'node:path'
import { FORMATS } from '../formats/index.js'
import { findProgram } from './find-tool.js'
import type { Tool } from './tool.js'
import { exists, nothing } from './written.js'

/** A line of `samplers`, its command split into words. */
export interface SamplerConfig {
  name: string
  words: readonly string[]
  /** The name of a profile format. */
  output: string
}

/** `dir` is the workbook's: a program that is named by a relative path lies there. */
export function samplerTool({ name, words, output }: SamplerConfig, dir: string): Tool {
  const extension = FORMATS.find(format => format.name === output)?.extension ?? `.${output}`
  const [program = '', ...args] = words
  const fill = (word: string, values: Record<string, string>): string =>
    word.replace(/\{(pid|seconds|out)\}/g, (_, key: string) => values[key] ?? '')
  return {
    name,
    measures: `whyslow.yaml: ${words.join(' ')}`,
    by: 'pid',
    find: async ({ env }) => {
      const file = program.includes('/') ? path.resolve(dir, program) : program
      const found = await findProgram(file, env, null)
      return found && { ...found, from: 'whyslow.yaml' }
    },
    missing: [`Install ${program}, or change samplers.${name}.command in whyslow.yaml.`],
    start: async ({ file }, { pid, seconds, folder }) => {
      const values = {
        pid: String(pid),
        seconds: String(Math.ceil(seconds)),
        out: outFile(folder, extension),
      }
      return {
        argv: [file, ...args.map(word => fill(word, values))],
        keepsTime: args.some(word => word.includes('{seconds}')),
      }
    },
    finish_ms: 15_000,
    collect: async (_found, { folder }) => {
      const found = nothing()
      const file = outFile(folder, extension)
      if (await exists(file)) found.profiles.push({ file, kind: 'cpu', extension })
      return found
    },
  }
}

function outFile(folder: string, extension: string): string {
  return path.join(folder, `out${extension}`)
}
