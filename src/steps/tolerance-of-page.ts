/** `tolerance` for whoever asks: a page by its route or path, or that of a story. */
import { type Tolerance, type ToleranceQuestion, tolerance } from '../evidence/tolerance.js'
import type { Store } from '../store/open-store.js'
import type { Workbook } from '../workbook/workbook.js'
import { resolvePage } from './resolve-page.js'

export type ToleranceRequest = Omit<ToleranceQuestion, 'page' | 'templates'> & { subject: string }

export async function toleranceOfPage(
  workbook: Workbook,
  store: Store,
  { subject, ...request }: ToleranceRequest,
): Promise<Tolerance> {
  const page = await resolvePage(workbook, store, subject, { command: 'tolerance' })
  return tolerance(store, { ...request, ...page })
}
