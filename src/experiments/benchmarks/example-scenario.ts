/** The scenario that `bench init` writes: valid as it is, every key shown, with its default or an example. */
import { WhyslowError } from '../../errors.js'
import { parseYaml } from '../../workbook/yaml-file.js'
import { renderScalars } from '../../workbook/yaml-render.js'
import { scenarioSchema } from './scenario.js'

export interface ExampleWish {
  /** Starts the service. */
  command: string
  /** What is asked for, and tells that the service is there. */
  url: string
}

export const EXAMPLE_WISH: ExampleWish = { command: 'node server.js', url: 'http://127.0.0.1:3000/' }

/** `shown` names the file in errors. Throws a `WhyslowError` for what can't stand in a scenario. */
export function renderExampleScenario({ command, url }: ExampleWish, shown: string): string {
  for (const [flag, given] of [
    ['--command', command],
    ['--url', url],
  ] as const) {
    if (given.trim() === '' || /[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/u.test(given))
      throw new WhyslowError(`Expected one line of text for ${flag}, without control characters.`, {
        next: [`${flag} ${flag === '--url' ? EXAMPLE_WISH.url : `'${EXAMPLE_WISH.command}'`}`],
      })
  }
  const text = fill(renderValue(command), renderValue(url))
  const { service, load } = parseYaml(text, scenarioSchema, { file: shown })
  if (service.command.at(-1) !== command || load.url !== url)
    throw new WhyslowError(`“${command}” and “${url}” can’t be written into ${shown} as they are.`)
  return text
}

function renderValue(text: string): string {
  return renderScalars(text, undefined, false)[0]!
}

function fill(command: string, url: string): string {
  return `# A benchmark: how the service is started, what is asked of it, and what a change has to pass.
#
#   whyslow bench run                     # measures what is here now, and keeps the results
#   whyslow bench compare main HEAD       # two versions side by side: better, worse, or no difference worth having?
#   whyslow bench history                 # when did it change, over all that was kept?
#
# service and load are needed, and under where no workbook has a target; all else may be left out. What is commented out
# shows the default, or an example.

service:
  command: ${command}
  ready: ${url}     # the service is there when this answers with less than 400
  # readyWithin: 60s
  # setup: npm ci           # run once for each version before it is started
  # cwd: .
  # env: {NODE_ENV: production}

load:
  url: ${url}
  # At a rate, requests are sent whatever the service does, as users do: a service that stalls shows it. Choose about half of
  # what it can take. Without a rate, each connection asks again once it has its answer.
  rate: 40/s
  connections: 10
  duration: 10s
  warmup: 2s                # the same load before it, which isn't measured
  # timeout: 10s
  # method: GET
  # headers: {Accept: application/json}
  # body: '{"item": 1}'     # with a method that sends one
  # requests:               # several requests instead of the one URL
  #   - {path: /orders/1, share: 9}
  #   - {path: /orders, method: POST, headers: {Content-Type: application/json}, body: '{"item": 1}', share: 1}
  # mix: {last: 7d, where: "path LIKE '/orders%'"}     # requests drawn from the workbook's traffic instead

repetitions: 6              # of each version; more where it can't be told yet
under: 250ms                # a good request is answered in less; left out, than the workbook's target

# measure: [cpu, memory, eventLoop, gc]

# What a change has to pass, and the smallest change that counts: under, median, p95 …, cpu, memory, throughput, eventLoop, gc.
gates:
  - {metric: under, smallest: 1pp}
  - {metric: cpu, smallest: 3%}
  # - {metric: p95, smallest: 5%}
  # - {metric: memory, direction: either}     # up, down or either: where it must not go; else where it is worse

# Regressions that are accepted for a while. Beyond its ceiling, or after its last day, the gate fails all the same.
# waivers:
#   - {metric: cpu, ceiling: 3.2ms, reason: encryption at rest, expires: 2026-12-31, story: slow-orders}

# The story that this guards: bench history opens it again when it gets worse.
# story: slow-orders
`
}
