// JUnit XML as whyslow writes it, against the schemas by which Ant (windyroad) and Jenkins (xunit plugin) read it.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { validateXML } from 'xmllint-wasm'
import { renderJunit } from '../../dist/reports/benchmarks/junit.js'
import { HOSTILE_REPORT, NOT_STARTED, REPORT } from '../reports/benchmarks/sample-reports.js'

const SCHEMAS = ['junit-windyroad.xsd', 'junit-jenkins-10.xsd']
const SAMPLES = {
  gates: [REPORT],
  'several scenarios': [REPORT, NOT_STARTED],
  'texts of strangers': [HOSTILE_REPORT],
  'no scenario': [],
}

export async function checkJunit(folder) {
  const rows = []
  for (const schema of SCHEMAS) {
    const contents = readFileSync(path.join(folder, 'contracts', schema), 'utf8')
    const validate = async xml => {
      const { errors } = await validateXML({
        xml: [{ fileName: 'bench.xml', contents: xml }],
        schema: [{ fileName: schema, contents }],
      })
      return errors.map(({ message }) => message).join('; ') || 'valid'
    }
    for (const [name, reports] of Object.entries(SAMPLES)) {
      const found = await validate(renderJunit(reports))
      rows.push({ what: `JUnit, ${name}: ${schema}`, expected: 'valid', found, ok: found === 'valid' })
    }
    // A schema that finds nothing wrong with this checks nothing.
    const broken = await validate(renderJunit([REPORT]).replaceAll(' tests="', ' test="'))
    rows.push({
      what: `JUnit, without a count: ${schema}`,
      expected: 'not valid',
      found: broken === 'valid' ? 'valid' : 'not valid',
      ok: broken !== 'valid',
    })
  }
  return rows
}
