/** Log formats that a workbook or `--log-format` gives as strings. */
import { WhyslowError } from '../../errors.js'
import type { Format, Layout, LayoutOptions } from '../layout.js'
import { parseApache } from './apache-directives.js'
import type { LogFormat } from './log-format.js'
import { asJson } from './log-format-json.js'
import { layoutFor } from './log-format-layout.js'
import { parseNginx } from './nginx-variables.js'

/** The formats of the workbook, in its order; throws for one that can't be read. */
export function customFormats({ logFormats = [] }: LayoutOptions): Format[] {
  return logFormats.map(given => {
    const origin = `whyslow.yaml, log format ${given.name}`
    const program = given.nginx === undefined ? 'Apache' : 'nginx'
    const format =
      given.nginx === undefined ? parseApache(given.apache, origin) : parseNginx(given.nginx, origin)
    const text = given.nginx ?? given.apache
    return formatOf(given.name, `a log format of ${program} in whyslow.yaml`, { format, text })
  })
}

/** The format of a string from the command line. */
export function givenFormat(text: string): Format {
  const format = parseGiven(text)
  const name = isNginx(text) ? 'nginx' : 'apache'
  return formatOf(name, 'the format given with --log-format', { format, text })
}

function formatOf(
  name: string,
  title: string,
  { format, text }: { format: LogFormat; text: string },
): Format {
  const json = asJson(format)
  return {
    name,
    title,
    layout(sample): Layout {
      const layout =
        json === null
          ? layoutFor(name, format, sample.lines)
          : layoutFor(name, json.format, sample.lines, { read: json.read, isExact: true })
      return { ...layout, logFormat: text }
    },
  }
}

const isNginx = (text: string) => /\$(?:\w|\{)/.test(text)

/** nginx writes `$name`, Apache `%h`. */
function parseGiven(text: string): LogFormat {
  if (isNginx(text)) return parseNginx(text, '--log-format')
  if (/%[^\s%]*[A-Za-z]/.test(text)) return parseApache(text, '--log-format')
  throw new WhyslowError('The log format has neither variables of nginx ($remote_addr) nor of Apache (%h).', {
    next: [`--log-format '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent'`],
  })
}
