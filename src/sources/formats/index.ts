/** All formats, the most particular first: of two that read a sample equally well, the first is taken. */
import type { Format } from '../layout.js'
import { accounts } from './accounts.js'
import { alb } from './alb.js'
import { deploys } from './deploys.js'
import { elb } from './elb.js'
import { ga4 } from './ga4.js'
import { namedRequests } from './named-requests.js'
import { nginx } from './nginx.js'
import { nlb } from './nlb.js'
import { zendesk } from './zendesk.js'

export const FORMATS: readonly Format[] = [
  alb,
  elb,
  nlb,
  nginx,
  ga4,
  zendesk,
  namedRequests,
  accounts,
  deploys,
]
