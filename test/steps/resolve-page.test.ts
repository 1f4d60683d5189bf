import { expect, test } from 'vitest'
import { resolvePage } from '../../src/steps/resolve-page.js'
import { makeStore } from '../evidence/workbooks.js'

test('a path that would run something, were it pasted, is quoted', async () => {
  const { store, workbook } = await makeStore([{ time: '2026-10-05T09:00:00Z', path: `/a';reboot;'` }])
  await expect(resolvePage(workbook, store, '/a;reboot', { command: 'tolerance' })).rejects.toMatchObject({
    next: [`whyslow tolerance '/a'\\'';reboot;'\\'''`, 'All routes: whyslow overview'],
  })
  store.close()
})
