/** A folder of the service in a scenario. */
import path from 'node:path'
import { text } from '../../workbook/config-values.js'

/** Elsewhere, both sides of a comparison would be one. */
export const folderWithin = text.refine(
  isWithin,
  'expected a folder within that of the side, such as packages/api',
)

/** By the rules of either kind of system, since a scenario travels. */
function isWithin(folder: string): boolean {
  const whole = path.posix.normalize(folder.replaceAll('\\', '/'))
  return !path.win32.isAbsolute(folder) && !/^([a-z]:|\.\.(\/|$))/i.test(whole)
}
