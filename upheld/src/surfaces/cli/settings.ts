import { z } from 'zod'
import { plainNetwork } from '../../core/network.ts'
import { isOwnOrigin } from '../../core/web.ts'
import { formatNames } from '../../foundation/audit/siem/index.ts'
import { pageKinds } from '../../proof/page/index.ts'
import { thresholds } from '../report/index.ts'
import { refuse } from './errors.ts'
import { rotated } from './vault/journal.ts'

/** A whole number as people type it: digits only, so that neither `1e3` nor an empty text passes for one. */
function whole(min: number, max: number): z.ZodPreprocess<z.ZodNumber> {
  const number = z.number(`expected a whole number from ${min} to ${max}`).int().min(min).max(max)
  return z.preprocess(text => (typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text), number)
}

/** The parts of a list, as it is typed. */
export function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(',').map(part => part.trim())
}

function areProxies(text: string): boolean {
  return listOf(text).every(part => plainNetwork(part) !== undefined)
}

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

/** An address whose parts are all understood: one that is passed over would lead to another server, or to no TLS. */
function databaseAddress(): z.ZodURL {
  const parameter = (text: string, name: string): string | undefined =>
    URL.canParse(text) ? (new URL(text).searchParams.get(name) ?? undefined) : undefined
  return z
    .url({ protocol: /^postgres(ql)?$/ })
    .refine(
      text => parameter(text, 'service') === undefined,
      'service files are not read; write postgres://user@host:5432/name',
    )
    .refine(
      text => {
        const mode = parameter(text, 'sslmode')
        return mode === undefined || sslModes.includes(mode)
      },
      `sslmode is one of ${sslModes.join(', ')}`,
    )
}

/**
 * Everything that can be set, once: name, bounds, default, words, and the variable of the environment. The option on
 * the command line is the name in kebab case. One without `env` belongs to a single command and is not explained.
 */
const shape = {
  app: z.string().min(1).optional().meta({ env: 'UPHELD_APP', description: 'module that exports the application' }),
  state: z.string().min(1).default('.upheld').meta({
    env: 'UPHELD_STATE',
    description: 'folder of data, keys and the last seen head of the evidence log',
  }),
  database: databaseAddress().optional().meta({
    env: 'UPHELD_DATABASE_URL',
    description:
      'address of a database: to be looked at by `check`, or, with an application, the server to run on as superuser',
    secret: true,
  }),
  host: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .meta({ env: 'UPHELD_HOST', description: 'address to listen on' }),
  port: whole(1, 65_535).default(4180).meta({
    env: 'UPHELD_PORT',
    description: 'port to listen on; when nobody chose one, the next free one is taken',
  }),
  publicOrigin: z
    .string()
    .max(300)
    .refine(isOwnOrigin, 'expected https://host, without a path and without a slash; http is for this machine alone')
    .optional()
    .meta({
      env: 'UPHELD_PUBLIC_ORIGIN',
      description:
        'where people reach it behind a proxy that ends TLS, such as https://desk.example; the address that it listens on when absent',
    }),
  trustedProxies: z
    .string()
    .max(2000)
    .refine(areProxies, 'expected addresses or networks with commas between them, such as 127.0.0.1,10.0.0.0/8')
    .optional()
    .meta({
      env: 'UPHELD_TRUSTED_PROXIES',
      description:
        'addresses or networks of proxies, with commas between them, whose X-Forwarded-For says who asks; nobody when absent',
    }),
  logOrigin: z
    .string()
    .regex(/^[a-z0-9./-]{3,200}$/, 'lower case letters, digits, dots, dashes, slashes')
    .optional()
    .meta({
      env: 'UPHELD_LOG_ORIGIN',
      description: 'name of the evidence log in its signatures; made from the name of the application when absent',
    }),
  bodyBytesMax: whole(1024, 67_108_864).default(1_048_576).meta({
    env: 'UPHELD_BODY_BYTES_MAX',
    description: 'largest body of a request',
  }),
  requestSecsMax: whole(1, 600)
    .default(30)
    .meta({ env: 'UPHELD_REQUEST_SECS_MAX', description: 'longest time to send a request' }),
  mailServer: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .meta({
      env: 'UPHELD_MAIL_SERVER',
      description:
        'smtps://user:password@host:465, or smtp:// for STARTTLS; mails are files in the state folder when absent',
      secret: true,
    }),
  mailFrom: z
    .email()
    .max(254)
    .default('no-reply@upheld.invalid')
    .meta({ env: 'UPHELD_MAIL_FROM', description: 'address that mails come from' }),
  silenceSecsMax: whole(2, 3600).default(30).meta({
    env: 'UPHELD_SILENCE_SECS_MAX',
    description: 'a prover that says nothing for this long, or beyond the limit of its run, is replaced',
  }),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .refine(text => !URL.canParse(text) || new URL(text).username === '', 'an address without user and password')
    .optional()
    .meta({ description: 'web address to look at as a stranger does' }),
  appRole: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .meta({ description: 'role that the application works as; found by itself when absent' }),
  probe: databaseAddress().optional().meta({
    env: 'UPHELD_PROBE_URL',
    description: 'scratch copy to plant two organizations in and attack, as its owner; what is planted is removed',
    secret: true,
  }),
  context: z.string().min(1).max(4096).optional().meta({
    description: 'SQL that says whose request it is, $1 for the organization; derived from the policies when absent',
  }),
  html: z.string().min(1).optional().meta({ description: 'file for the report as one page' }),
  sarif: z.string().min(1).optional().meta({ description: 'file for the report as SARIF 2.1.0' }),
  failOn: z.enum(thresholds).default('high').meta({
    description: 'least danger that ends with 1: critical, high, medium, low; unproven also wants all to be seen',
  }),
  template: z.enum(pageKinds).optional().meta({ description: 'kind of service: eshop, cloud or desk' }),
  claim: z.string().min(1).optional().meta({ description: 'only this claim, such as isolation.rows' }),
  key: z.string().min(1).optional().meta({ description: 'the verifier key that you trust, or a file that holds it' }),
  agree: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits, as the contract is shown with')
    .optional()
    .meta({ description: 'the digest of the contract that you have read and agree to' }),
  ownKey: z.string().min(1).optional().meta({
    description:
      'file with the key that signs what you saw, made at the first use; outsider.key in --state when absent',
  }),
  compare: z.string().min(1).optional().meta({ description: 'file with a signed run: attack nothing, and compare it' }),
  policy: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'the policy that you trust: its fingerprint, sha256:..., or a file that holds it' }),
  seen: z.string().min(1).optional().meta({ description: 'file with a signed head that you have kept' }),
  freshSecs: whole(1, 999_999_999)
    .optional()
    .meta({ description: 'how long ago a quorum of witnesses may have seen the head; any time when absent' }),
  listen: z
    .string()
    .regex(/^(?:\[[0-9a-fA-F:]+\]|[^\s:]+):\d{1,5}$/, 'expected host:port')
    .default('127.0.0.1:4190')
    .meta({ description: 'host and port to listen on' }),
  log: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'verifier key of a log to watch, or a file with one on each line' }),
  name: z
    .string()
    .regex(/^[^\s+]{1,255}$/, 'no space and no plus')
    .optional()
    .meta({ description: 'name of the witness in its signatures, such as auditor.example/witness; asked for once' }),
  organization: z
    .string()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'an organization is named by its UUID, in lower case')
    .optional()
    .meta({ description: 'the organization that is meant, by its UUID' }),
  format: z
    .enum([...formatNames, 'bundle'])
    .default('ndjson')
    .meta({ description: `how entries are written: ${formatNames.join(', ')}; or bundle, for upheld verify` }),
  since: z
    .union(
      [z.iso.date(), z.iso.datetime({ offset: true })],
      'expected a day, such as 2026-11-01, or a time with its zone',
    )
    .optional()
    .meta({
      description: 'begin with what was received then; a day begins at midnight UTC. The beginning when absent',
    }),
  to: z
    .string()
    .min(1)
    .max(2048)
    .default('-')
    .meta({ description: 'a file, - for standard output, https://..., or syslog+tls://host:port' }),
  out: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'file to write, which must not be there yet; standard output when absent' }),
  spreadsheet: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'the questionnaire as you downloaded it, .xlsx; it is read and stays as it is' }),
  cursor: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'file that remembers where to go on; beside the file that is written when absent' }),
  tokenFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'file, mode 0600, with the value of the header Authorization for the receiver' }),
  caFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'file with the certificates (PEM) that the receiver must have' }),
  tenantColumn: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'column that says whose a row is; several are joined by commas' }),
  schema: z.string().min(1).optional().meta({ description: 'schemas to adopt, with commas between them' }),
  directory: z.string().min(1).optional().meta({ description: 'table with one row for each tenant' }),
  shared: z.string().min(1).optional().meta({ description: 'tables without a tenant, with commas between them' }),
  sql: z.string().min(1).optional().meta({ description: 'file to write the migration to, for psql' }),
  yes: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'the name of what is meant, to confirm what cannot be undone' }),
  reason: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .meta({ description: 'what for, as it will stand in the log: no names of people' }),
  entry: z
    .string()
    .min(1)
    .max(40_000)
    .optional()
    .meta({ description: 'ids of entries of the log, with commas between them' }),
  subject: z
    .string()
    .min(1)
    .max(190)
    .optional()
    .meta({ description: 'one person of the organization, by the id that values about them are sealed with' }),
  what: z
    .enum(rotated)
    .optional()
    .meta({ description: 'which keys: root, kek, data (and the values), index, objects, links' }),
  settleSecs: whole(0, 86_400).default(310).meta({
    description: 'how long a new key is only read; as long as any process keeps keys in memory',
  }),
  dryRun: z.literal('yes').optional().meta({ switch: true, description: 'say what would be done, and change nothing' }),
  stale: z.literal('yes').optional().meta({ switch: true, description: 'only who was not here for 90 days' }),
  backupsKeptDays: whole(0, 36_500).optional().meta({
    description: 'how long a backup of the key folder is kept; 0 when there is none. Nobody knows when absent',
  }),
  overwritesInPlace: z.literal('yes').optional().meta({
    switch: true,
    description: 'the storage below overwrites in place: no flash, no snapshots, no copies on write',
  }),
  lockTimeoutMs: whole(10, 60_000)
    .default(300)
    .meta({ description: 'longest wait for a lock, and so the longest that anybody waits behind us' }),
  patienceSecs: whole(1, 86_400).default(300).meta({ description: 'how long a missed lock is tried for again' }),
  batchRowsMax: whole(1, 1_000_000).default(5_000).meta({ description: 'largest batch of rows to fill' }),
  batchMs: whole(1, 60_000)
    .default(200)
    .meta({ description: 'what one batch may take before the next is made smaller' }),
  pauseMs: whole(0, 600_000).default(10).meta({ description: 'rest after each batch' }),
}

const schema = z.strictObject(shape)
export type Settings = Readonly<z.infer<typeof schema>>
export type SettingName = keyof typeof shape
export type Origin = 'option' | 'environment' | 'default'

export interface Setting {
  readonly name: SettingName
  readonly option: string
  readonly env: string | undefined
  readonly says: string
  readonly secret: boolean
  /** Without a value: it is there or not. */
  readonly isSwitch: boolean
  readonly fallback: string | undefined
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function settingOf(name: SettingName): Setting {
  const meta = shape[name].meta() ?? {}
  const fallback = shape[name].safeParse(undefined).data
  return Object.freeze({
    name,
    option: kebab(name),
    env: textOr(meta['env']),
    says: meta.description ?? '',
    secret: meta['secret'] === true,
    isSwitch: meta['switch'] === true,
    fallback: fallback === undefined ? undefined : String(fallback),
  })
}

export const allSettings: readonly Setting[] = schema.keyof().options.map(settingOf)

interface Resolved {
  readonly settings: Settings
  readonly origins: ReadonlyMap<SettingName, Origin>
}

/**
 * The command line wins over the environment, which wins over the default. An empty variable counts as unset.
 * @throws cli.bad_option with every problem at once
 */
export function resolve(
  given: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): Resolved {
  const values: Record<string, string> = {}
  const origin = (setting: Setting): Origin => {
    const fromOption = given.get(setting.option)
    const fromEnv = setting.env === undefined ? undefined : env[setting.env]
    const value = fromOption ?? (fromEnv === '' ? undefined : fromEnv)
    if (value !== undefined) values[setting.name] = value
    return fromOption !== undefined ? 'option' : value !== undefined ? 'environment' : 'default'
  }
  const origins = new Map(allSettings.map(setting => [setting.name, origin(setting)]))
  const checked = schema.safeParse(values)
  if (!checked.success) throw refuse.bad_option({ detail: problems(checked.error) })
  return Object.freeze({ settings: Object.freeze(checked.data), origins })
}

/** Names the option, never its value: it may be a secret. */
function problems(error: z.ZodError): string {
  return error.issues.map(issue => `--${kebab(issue.path.join('.'))}: ${issue.message}`).join('; ')
}
