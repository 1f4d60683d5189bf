/**
 * Reads what clinic doctor collected with its own decoders, and prints its own analysis as a line of JSON. Run only as a
 * process: read-doctor.js CLINIC DATA, the folder of the package and that of the data.
 */
import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Readable, Transform } from 'node:stream'

type Decoder = new (systemInfo?: Readable) => Transform
type Analysis = new (systemInfo: Readable, traceEvent: Readable, processStat: Readable) => Readable

const [clinic = '', data = ''] = process.argv.slice(2)
const load = createRequire(
  createRequire(path.join(clinic, 'package.json')).resolve('@clinic/doctor/package.json'),
)
const SystemInfoDecoder = load('./format/system-info-decoder.js') as Decoder
const TraceEventDecoder = load('./format/trace-event-decoder.js') as Decoder
const ProcessStatDecoder = load('./format/process-stat-decoder.js') as Decoder
const DoctorAnalysis = load('./analysis/index.js') as Analysis

const fail = (error: Error): never => {
  process.stderr.write(`${error.name}: ${error.message}\n`)
  process.exit(1)
}

const name = path.basename(data)
const open = (kind: string, decoder: Transform): Transform =>
  createReadStream(path.join(data, `${name}-${kind}`))
    .on('error', fail)
    .pipe(decoder)
    .on('error', fail)

const systemInfo = open('systeminfo', new SystemInfoDecoder())
const traceEvent = open('traceevent', new TraceEventDecoder(systemInfo))
const processStat = open('processstat', new ProcessStatDecoder())
const analysis = new DoctorAnalysis(systemInfo, traceEvent, processStat).on('error', fail)
for await (const result of analysis) process.stdout.write(`\nwhyslow-doctor:${JSON.stringify(result)}\n`)
