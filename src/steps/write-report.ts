/** A report as one file that opens from disk. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Report } from '../reports/report/contents.js'
import { renderReport } from '../reports/report/report.js'
import { writeFileAtomic } from '../workbook/write-file.js'

/** Overwrites the file. Returns how many bytes it has. */
export async function writeReport(file: string, report: Report): Promise<number> {
  const template = (name: string) =>
    readFile(fileURLToPath(new URL(`../../templates/${name}`, import.meta.url)), 'utf8')
  const page = renderReport(report, {
    script: await template('report.js'),
    styles: await template('report.css'),
  })
  await writeFileAtomic(file, page)
  return Buffer.byteLength(page)
}
