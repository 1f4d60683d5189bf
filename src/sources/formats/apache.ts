/**
 * Apache's own formats, told without a string: common, combined, and both with the virtual host before them.
 * https://httpd.apache.org/docs/2.4/logs.html, and Debian's `vhost_combined`.
 *
 * `combined` is nginx' as well; it is Apache's when the sample shows what nginx never writes: `-` for no bytes, or `\"` in a text.
 */
import type { Format, Layout, Sample } from '../layout.js'
import { parseApache } from './apache-directives.js'
import { layoutFor } from './log-format-layout.js'
import { compileMatcher } from './match-pieces.js'

const COMMON = '%h %l %u %t "%r" %>s %b'
const REFERER_AGENT = '"%{Referer}i" "%{User-Agent}i"'

/** A host name with its port, or one before an address. No address stands where a user's name is. */
const HOST_AND_PORT = /^[\w.-]+:\d{1,5} [^ -][^ ]* [^ ]+ /
const HOST = /^[\w.-]+ (?:\d+\.\d+\.\d+\.\d+|[0-9a-fA-F]*:[0-9a-fA-F:.]+) [^ ]+ /
const ONLY_APACHE = /" \d{3} - "|[^\\](?:\\\\)*\\"/

interface Kind {
  format: ReturnType<typeof parseApache>
  match: ReturnType<typeof compileMatcher>
  isLikely: (line: string) => boolean
}

const kind = (text: string, isLikely: Kind['isLikely'] = () => true): Kind => {
  const format = parseApache(text, 'apache')
  return { format, match: compileMatcher(format), isLikely }
}

const KINDS: Kind[] = [
  kind(`%v:%p ${COMMON} ${REFERER_AGENT}`, line => HOST_AND_PORT.test(line)),
  kind(`%v:%p ${COMMON}`, line => HOST_AND_PORT.test(line)),
  kind(`%v ${COMMON} ${REFERER_AGENT}`, line => HOST.test(line)),
  kind(`%v ${COMMON}`, line => HOST.test(line)),
  kind(`${COMMON} ${REFERER_AGENT}`),
  kind(COMMON),
]
const COMBINED = KINDS[4]!

/** The layout of `combined` as only Apache writes it; null when the sample doesn't show that. */
export function readAsApache({ lines }: Sample): Layout | null {
  if (!lines.some(line => ONLY_APACHE.test(line))) return null
  const isMostly = count(lines, line => 'values' in COMBINED.match(line)) > lines.length / 2
  return isMostly ? layoutFor('apache', COMBINED.format, lines) : null
}

export const apache: Format = {
  name: 'apache',
  title: 'Apache common, combined, or either with the virtual host before it',
  layout({ lines }) {
    const counts = KINDS.map(({ match, isLikely }) =>
      count(lines, line => isLikely(line) && 'values' in match(line)),
    )
    const most = Math.max(...counts)
    const found = KINDS[counts.indexOf(most)]!
    if (most === 0 || (found === COMBINED && !lines.some(line => ONLY_APACHE.test(line)))) return null
    return layoutFor('apache', found.format, lines)
  },
}

function count(lines: string[], fits: (line: string) => boolean): number {
  return lines.reduce((sum, line) => sum + (fits(line) ? 1 : 0), 0)
}
