/** The `whyslow.yaml` of a new workbook: valid as it is, every key shown with its default. */
export const EXAMPLE_CONFIG = `# yaml-language-server: $schema=.whyslow/schema/whyslow.json
#
# What your team has decided about its numbers. Commit this file. Every key may be left out;
# what is commented out shows the default, or an example.

# A good request ends without an error in less than its target.
targets:
  default: 500ms
  routes:
    # "GET /orders/:id": 300ms
    # "POST /reports": 5s

# The share of requests that must be good.
objective: 0.95

# The smallest change of that share worth having: 0.01 is one percentage point.
# smallest: 0.01

# What was promised, and over how long: whyslow slo. Without objectives, the targets and the objective above are.
# slo:
#   window: 28d
#   objectives:
#     - {route: "GET /orders/:id", under: 300ms, share: 99%}
#     - {name: checkout, where: "path LIKE '/checkout%'", under: 1s, share: 99.5%, window: 7d}
#     - {errors: 0.5%}     # of all requests, server errors and timeouts

# How stories are weighed against each other: whyslow next.
# next:
#   formula: weighted    # or rice, wsjf, or your own: (customers + 10 * tickets) * confidence / effort
#   weights: {customers: 1, money: 1, requests: 1, tickets: 1, budget: 1}
#   sizes: {S: 4h, M: 2d, L: 1w, XL: 4w}     # of effort; a day is 8 hours of work, a week 5 days

# Where a request's account (your customer) is found. The first rule that finds one wins.
identify:
  # - attribute: remote_user              # a field of the log
  # - header: X-Account                   # a header, where the log has it (http_x_account and the like)
  # - cookie: account                     # a cookie, where the log has it
  # - query: account                      # a parameter of the URL
  # - host: ^([^.]+)\\.example\\.com$       # one group of a regular expression over the host
  # - path: ^/t/([^/]+)/                  # … or over the path
  # - {column: client, lookup: clients.csv}     # what a CSV with the columns key and account says of it;
  # - {query: api_key, lookup: keys.csv}        # any of the above can be looked up

# Log formats of your own servers, as nginx (log_format) and Apache (LogFormat) write them. Tried first.
# logFormats:
#   - {name: edge, nginx: '$remote_addr [$time_local] "$request" $status $request_time "$http_user_agent"'}
#   - {name: legacy, apache: '%h %l %u %t "%r" %>s %b %D'}

# What your own exports (CSV, NDJSON) call their columns, where whyslow doesn't know the name.
# columns:
#   requests:
#     time: Zeitpunkt
#     path: Pfad
#     duration_ms: {column: Dauer, unit: s}     # ns, us, ms, s, min or h
#   tickets: {id: Nummer, created_at: Eingang, description: Text, account: Kunde}

# Profilers of your own that sample a process by its pid: whyslow profile run py-spy --pid 4711. No shell runs.
# {out} is the file that it writes: collapsed, pprof, speedscope, perf, cpuprofile or heapprofile.
# samplers:
#   py-spy: {command: "py-spy record --pid {pid} --duration {seconds} --format raw -o {out}", output: collapsed}
#   rbspy: {command: "rbspy record --pid {pid} --duration {seconds} --format collapsed --raw-file {out}", output: collapsed}

# The customers that every question is about, unless told otherwise. Results name it.
# cohort:
#   name: paying customers
#   where: account is not null

currency: USD     # of the revenue figures
timezone: UTC     # of hours and days in results
timebox: 90m      # budget of a timebox

# Beacons of one page have at most this between one and the next.
# beaconWindow: 30m

# From when on an issue is worth a story.
# triage:
#   minRequests: 200     # routes with fewer are not looked at
#   timeShare: 0.1       # a tenth of all time that requests take
#   errorShare: 0.01     # errors and timeouts
#   tickets: 3           # support tickets that name the route
#   limit: 10            # stories proposed at a time

# What is hidden before anything leaves this machine.
# redact:
#   allow: []            # account names that may be shown as they are
#   k: 5                 # counts below are "fewer than 5"

# Where stories become tickets: whyslow export github, whyslow export jira. Tokens never stand here: they come from the
# environment (GITHUB_TOKEN; JIRA_EMAIL with JIRA_API_TOKEN; JIRA_TOKEN for Data Center), from gh, or from a command.
# trackers:
#   github:
#     repo: acme/shop
#     # api: https://github.example.com/api/v3     # of a server of your own
#     # token_command: pass show github
#     # allow: []          # account names that may be shown there
#   jira:
#     site: https://example.atlassian.net
#     project: PERF
#     # issueType: Task
#     # flavour: cloud     # or datacenter
#     # fields: {customers: customfield_10042, revenue: customfield_10043}
#     # priority: High
#     # labels: [performance]
#     # components: [shop]
#     # linkType: Relates  # to the story that it was split off
`
