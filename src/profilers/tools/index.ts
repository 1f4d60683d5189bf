/** The tools that whyslow runs, one declaration each; those that a workbook names come first. */
import { WhyslowError } from '../../errors.js'
import { CLINIC } from './clinic.js'
import { NODE_FLAGS } from './node-flags.js'
import { PERF } from './perf.js'
import { type SamplerConfig, samplerTool } from './sampler.js'
import type { Tool } from './tool.js'
import { ZERO_X } from './zero-x.js'

const TOOLS: readonly Tool[] = [...NODE_FLAGS, ZERO_X, ...CLINIC, PERF]

export interface Samplers {
  samplers: readonly SamplerConfig[]
  /** Of the workbook. */
  dir: string
}

/** A sampler of the workbook takes the place of a tool of its name. */
export function listAllTools({ samplers, dir }: Samplers): Tool[] {
  const own = samplers.map(sampler => samplerTool(sampler, dir))
  return [...TOOLS.filter(tool => !own.some(({ name }) => name === tool.name)), ...own]
}

/** By its words: `clinic doctor`. */
export function chooseTool(words: readonly string[], samplers: Samplers): Tool {
  const name = words.join(' ')
  const tools = listAllTools(samplers)
  const tool = tools.find(one => one.name === name)
  if (tool) return tool
  const near = tools.filter(one => one.name.startsWith(`${name} `)).map(one => one.name)
  throw new WhyslowError(
    near.length > 0
      ? `“${name}” is several tools: ${near.join(', ')}.`
      : `There is no tool “${name}”: expected one of ${tools.map(one => one.name).join(', ')}.`,
    {
      next: [
        'whyslow tools lists what is installed, and how to get what is not.',
        'A sampler of your own is a line under samplers in whyslow.yaml.',
      ],
    },
  )
}
