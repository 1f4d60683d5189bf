// The same question to other tools, on the same nginx log: per route the requests and p50, p95, p99 of the time. They keep nothing.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** mawk normalises and sorts by route and time through `sort`; the second mawk counts along. */
const MAWK = `mawk '{
  path = $7; mark = index(path, "?"); if (mark > 0) path = substr(path, 1, mark - 1)
  count = split(path, parts, "/"); route = ""
  for (i = 2; i <= count; i++) {
    part = parts[i]
    if (part ~ /^[0-9]+$/ || part ~ /^[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+$/) part = ":id"
    else if (parts[2] == "static" && i == 3) part = ":slug"
    route = route "/" part
  }
  print substr($6, 2) " " route "\\t" $(NF - 1)
}' "$LOG" | LC_ALL=C sort -t "$(printf '\\t')" -k1,1 -k2,2n | mawk -F '\\t' '
function show(  n) { if (count == 0) return
  print route "\\t" count "\\t" value[int((count - 1) * 0.5) + 1] "\\t" value[int((count - 1) * 0.95) + 1] "\\t" value[int((count - 1) * 0.99) + 1] }
$1 != route { show(); route = $1; count = 0 }
{ count++; value[count] = $2 }
END { show() }'`

/** Name → the program it needs and what is run; absent programs are left out with a note. */
export const RIVALS = [
  { name: 'mawk and sort', needs: 'mawk', command: log => ['sh', ['-c', MAWK], { LOG: log }] },
  {
    name: 'a Node script with readline',
    needs: 'node',
    command: log => [process.execPath, [path.join(here, 'readline-script.js'), log], {}],
  },
  {
    name: 'lnav',
    needs: 'lnav',
    command: log => [
      'lnav',
      ['-n', '-c', ';SELECT cs_uri_stem, count(*) FROM access_log GROUP BY 1 ORDER BY 2 DESC LIMIT 20', log],
      { HOME: path.dirname(log) },
    ],
  },
  {
    name: 'goaccess',
    needs: 'goaccess',
    command: log => [
      'goaccess',
      [
        log,
        '--log-format=%h %^ %e [%d:%t %^] "%r" %s %b "%R" "%u" %T %^',
        '--date-format=%d/%b/%Y',
        '--time-format=%T',
        '--no-global-config',
        '--no-progress',
        '-o',
        path.join(path.dirname(log), 'goaccess.json'),
      ],
      {},
    ],
  },
]

export function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}
