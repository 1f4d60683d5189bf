/** All formats, the most particular first: of two that read a sample equally well, the first is taken. */
import type { Format } from '../layout.js'
import { ACCOUNT_NAMES, accounts } from './accounts.js'
import { alb } from './alb.js'
import { apache } from './apache.js'
import { beacons } from './beacons.js'
import type { KnownNames } from './by-name.js'
import { caddy } from './caddy.js'
import { cloudflare } from './cloudflare.js'
import { cloudfront } from './cloudfront.js'
import { DEPLOY_NAMES, deploys } from './deploys.js'
import { elb } from './elb.js'
import { envoy } from './envoy.js'
import { envoyJson } from './envoy-json.js'
import { ga4, PAGEVIEW_NAMES } from './ga4.js'
import { ga4BigQuery } from './ga4-bigquery.js'
import { googleLb } from './google-lb.js'
import { haproxy } from './haproxy.js'
import { intercom } from './intercom.js'
import { ltsv } from './ltsv.js'
import { mapped } from './mapped.js'
import { namedRequests } from './named-requests.js'
import { nginx } from './nginx.js'
import { nlb } from './nlb.js'
import { otlp } from './otlp.js'
import { REQUEST_NAMES } from './request-names.js'
import { traefik } from './traefik.js'
import { traefikJson } from './traefik-json.js'
import { w3c } from './w3c.js'
import { TICKET_NAMES, zendesk } from './zendesk.js'

export const FORMATS: readonly Format[] = [
  alb,
  elb,
  nlb,
  envoy,
  traefik,
  apache,
  cloudfront,
  w3c,
  ltsv,
  haproxy,
  nginx,
  caddy,
  traefikJson,
  envoyJson,
  googleLb,
  cloudflare,
  otlp,
  mapped,
  beacons,
  ga4BigQuery,
  ga4,
  intercom,
  zendesk,
  namedRequests,
  accounts,
  deploys,
]

/** The names by which a CSV or NDJSON of each kind is known, where the workbook doesn't say others. */
export const KNOWN_NAMES: readonly KnownNames[] = [
  REQUEST_NAMES,
  ACCOUNT_NAMES,
  TICKET_NAMES,
  PAGEVIEW_NAMES,
  DEPLOY_NAMES,
]
