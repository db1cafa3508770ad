import { z } from 'zod'
import { loginRoles } from '../../../foundation/tenancy/index.ts'

// What each child may know. It travels over the channel, once, and is written down nowhere.

const url = z.url({ protocol: /^postgres(ql)?$/ })

/** The web process: the logins of the application, its people, staff, the page and the console, and where the key of contexts lies. */
export const webPayload = z.strictObject({
  app: z.string(),
  stateFolder: z.string(),
  urls: z.strictObject({ app: url, page: url, identity: url, staff: url, console: url }),
  verifierKey: z.string(),
  host: z.string(),
  port: z.number().int().min(0).max(65_535),
  whenTaken: z.enum(['refuse', 'next']),
  /** Where people reach it, where a proxy stands before it. */
  publicOrigin: z.string().optional(),
  trustedProxies: z.array(z.string()),
  limits: z.strictObject({ bodyBytesMax: z.number(), requestSecsMax: z.number() }),
  /** As `config explain` says them, without any secret. */
  settings: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().nullable(),
      from: z.enum(['default', 'environment', 'option']),
      default: z.string().nullable(),
      env: z.string(),
      says: z.string(),
    }),
  ),
})
export type WebPayload = z.infer<typeof webPayload>

/** The jobs: their own login, where mails go, and the logins that taken access is tried again over. */
export const jobsPayload = z.strictObject({
  app: z.string(),
  stateFolder: z.string(),
  urls: z.strictObject({ jobs: url, app: url, staff: url }),
  /** Where links in mails lead. */
  origin: z.url(),
  mail: z.strictObject({ server: z.string().optional(), from: z.string() }),
})
export type JobsPayload = z.infer<typeof jobsPayload>

/** The recorder: its own login, and where the seeds of the logs' keys lie. */
export const recorderPayload = z.strictObject({
  stateFolder: z.string(),
  url,
  /** The first part of the name of every audit log. */
  host: z.string(),
})
export type RecorderPayload = z.infer<typeof recorderPayload>

/**
 * The prover: the record's login, the key of the evidence, the server for its twins, and every login that an attacker
 * could steal, since it tries each of them beyond its duty.
 */
export const proverPayload = z.strictObject({
  app: z.string(),
  stateFolder: z.string(),
  adminUrl: url,
  /** Whether the server is the supervisor's child: then it ends with the system, even if the supervisor cannot. */
  ownServer: z.boolean(),
  urls: z.record(z.enum(loginRoles), url),
  /** Where the web process answers: attacks do not go by a proxy. */
  address: z.url(),
  /** Where people reach it. */
  origin: z.url(),
  logOrigin: z.string(),
  /** `round`: one round, then the schedule; `schedule`: what is due, when it is due; `once`: one round and no more. */
  work: z.enum(['round', 'schedule', 'once']),
  /** Only this claim; `once` only. */
  claim: z.string().optional(),
})
export type ProverPayload = z.infer<typeof proverPayload>
