/**
 * What is used of Observable Plot, and a document for it to draw in. They are there for development only: the build puts both into this
 * file's place in `dist` (scripts/bundle.js). Only charts import it, and those are loaded when one is drawn.
 */
export { dot, lineY, link, plot, rect, rectY, ruleX, ruleY, text } from '@observablehq/plot'
export { parseHTML } from 'linkedom'
