import { evidenceTab } from './evidence-tab.js'
import { flameTab } from './flame-tab.js'
import { profilesTab } from './profiles-tab.js'
import { shapeTab } from './shape-tab.js'
import { storyTab } from './story-tab.js'
import type { Tab } from './tab.js'
import { testsTab } from './tests-tab.js'
import { timelineTab } from './timeline-tab.js'
import { whenTab } from './when-tab.js'
import { whyTab } from './why-tab.js'

/** In the order in which they stand, which is that of the argument: the claim, the data, a cause, its test, and how it all came about. */
export const TABS: readonly Tab[] = [
  storyTab,
  evidenceTab,
  shapeTab,
  whenTab,
  whyTab,
  profilesTab,
  flameTab,
  testsTab,
  timelineTab,
]
