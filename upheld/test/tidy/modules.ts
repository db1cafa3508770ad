import { upper } from './upper-modules.ts'

/** One module: what it is for, and everything that it may import. Node's own modules need no permission. */
export interface Module {
  /** The folder, or the single file, below `upheld/src`. */
  readonly path: string
  readonly says: string
  readonly modules: readonly string[]
  readonly packages: readonly string[]
}

/** The files directly below `upheld/src`: what customers import, and the wiring behind it. */
export const door = 'the door'

/**
 * The drawing of the house, from the ground up: `core <- foundation <- guards <- duties <- surfaces`, with `proof`
 * beside them. ARCHITECTURE.md prints this list. A permission that nobody uses is taken out.
 */
export const modules: readonly Module[] = [
  {
    path: 'core',
    says: 'errors, clock, ids, canonical JSON, ports: no opinion, no I/O',
    modules: [],
    packages: [],
  },
  {
    path: 'core/transparency',
    says: 'C2SP notes, checkpoints, tiles and proofs on node:crypto alone',
    modules: ['core'],
    packages: [],
  },
  {
    path: 'foundation/tenancy',
    says: 'signed contexts, tables that protect themselves, the handle of one organization',
    modules: ['core'],
    packages: ['zod'],
  },
  {
    path: 'foundation/audit',
    says: 'every change recorded in its own transaction, one transparency log for each organization, one over all',
    modules: ['core', 'core/transparency', 'foundation/tenancy'],
    packages: ['zod'],
  },
  {
    path: 'foundation/audit/search',
    says: 'an organization looks into its own audit log, and the looking is an entry',
    modules: ['core', 'foundation/tenancy'],
    packages: ['zod'],
  },
  {
    path: 'foundation/audit/siem',
    says: 'entries in the words of a SIEM, delivered at least once; gaps that a receiver sees',
    modules: ['core', 'foundation/audit/search'],
    packages: [],
  },
  {
    path: 'foundation/vault',
    says: 'values sealed for their place, the keys of each organization, blind indexes',
    modules: ['core'],
    packages: [],
  },
  {
    path: 'foundation/catalogue',
    says: 'what the catalogue of any Postgres says, read at one moment',
    modules: ['core'],
    packages: ['zod'],
  },
  {
    path: 'foundation/releases',
    says: 'the faults of Postgres that matter to isolation, and the releases that mend them',
    modules: [],
    packages: [],
  },
  {
    path: 'guards/schema',
    says: 'tables of persons and members, and the walls around them',
    modules: ['core', 'foundation/tenancy'],
    packages: [],
  },
  {
    path: 'guards/once',
    says: 'one atomic claim for everything that works once',
    modules: ['core'],
    packages: [],
  },
  {
    path: 'guards/passwords',
    says: 'passwords hashed, verified and judged; the set of common ones that comes with it',
    modules: ['core'],
    packages: ['@node-rs/argon2', '@node-rs/bcrypt', 'zod'],
  },
  {
    path: 'guards/takeover',
    says: 'guesses counted over all factors, and slowed; nobody locked out from outside',
    modules: ['core', 'guards/once'],
    packages: ['zod'],
  },
  {
    path: 'guards/factors',
    says: 'codes of an app, passkeys, recovery codes, devices: checked, used once, told of when they change',
    modules: ['core', 'foundation/tenancy', 'guards/once'],
    packages: ['@simplewebauthn/server', 'otpauth', 'zod'],
  },
  {
    path: 'guards/access',
    says: 'roles, exceptions and fields: who may do what, and why',
    modules: ['core', 'foundation/audit', 'foundation/tenancy'],
    packages: ['zod'],
  },
  {
    path: 'guards/identity',
    says: 'every way to a session, what it is worth where it enters, and how all of it ends',
    modules: [
      'core',
      'foundation/tenancy',
      'guards/access',
      'guards/factors',
      'guards/once',
      'guards/passwords',
      'guards/takeover',
    ],
    packages: ['zod'],
  },
  {
    path: 'guards/keys',
    says: 'keys of programs, and tokens of visitors that hold for one page and a few minutes',
    modules: ['core', 'foundation/audit', 'foundation/tenancy', 'guards/access', 'guards/identity'],
    packages: ['zod'],
  },
  {
    path: 'guards/support',
    says: 'staff in an organization: asked, agreed, granted, signed, ended, told',
    modules: ['core', 'foundation/audit', 'foundation/tenancy', 'guards/identity'],
    packages: ['zod'],
  },
  {
    path: 'guards/reviews',
    says: 'who has access, looked at by others in time, taken away and tried again; a record of it',
    modules: [
      'core',
      'foundation/audit',
      'foundation/tenancy',
      'guards/access',
      'guards/identity',
      'guards/keys',
      'guards/support',
    ],
    packages: ['zod'],
  },
  {
    path: 'guards/domains',
    says: 'domains that an organization proved by their DNS',
    modules: ['core', 'foundation/tenancy'],
    packages: ['zod'],
  },
  {
    path: 'guards/sso',
    says: 'sign-in at the provider of an organization, by OpenID Connect',
    modules: ['core', 'foundation/tenancy', 'guards/domains', 'guards/identity', 'guards/once'],
    packages: ['openid-client', 'zod'],
  },
  {
    path: 'guards/scim',
    says: 'the directory of an organization: users and groups by SCIM 2.0',
    modules: ['core', 'foundation/audit', 'foundation/tenancy', 'guards/access', 'guards/domains', 'guards/identity'],
    packages: ['zod'],
  },
  {
    path: 'duties/adoption',
    says: 'an existing schema under Upheld, step by step, while its application goes on',
    modules: ['core', 'foundation/tenancy'],
    packages: ['zod'],
  },
  {
    path: 'adapters/files',
    says: 'locks, secrets, the files of the evidence log',
    modules: ['core'],
    packages: ['zod'],
  },
  {
    path: 'adapters/mail',
    says: 'mails of the outbox, by SMTP or into a folder',
    modules: ['core', 'guards/identity'],
    packages: ['nodemailer', 'zod'],
  },
  {
    path: 'adapters/web',
    says: 'https calls to addresses that others name, which never lead inwards',
    modules: ['core'],
    packages: ['zod'],
  },
  {
    path: 'adapters/jwt',
    says: 'access tokens of somebody else, as JWTs, of which everything is asked',
    modules: ['core', 'guards/identity'],
    packages: ['jose', 'zod'],
  },
  {
    path: 'adapters/pepper',
    says: 'what is mixed into hashes of passwords, and the key that guesses are counted under, in files',
    modules: ['core', 'guards/passwords', 'adapters/files'],
    packages: [],
  },
  {
    path: 'adapters/siem',
    says: 'where exported entries go: a file, HTTPS, syslog',
    modules: ['core', 'adapters/files', 'foundation/audit/siem'],
    packages: ['zod'],
  },
  {
    path: 'adapters/breakage',
    says: 'what a sabotage broke, written down until it is mended',
    modules: ['core', 'adapters/files'],
    packages: ['zod'],
  },
  {
    path: 'adapters/log',
    says: 'the logs of a running system: closed files, bounded, by an allow-list',
    modules: ['core', 'adapters/files'],
    packages: ['pino'],
  },
  {
    path: 'adapters/keys',
    says: 'keys in files: of contexts, of grants of support; the name of an installation',
    modules: ['core', 'foundation/tenancy', 'adapters/files'],
    packages: ['zod'],
  },
  {
    path: 'adapters/kms',
    says: 'the root key: in a file, AWS KMS, Google Cloud KMS, Vault or OpenBao Transit, PKCS#11',
    modules: ['core', 'foundation/vault', 'adapters/files'],
    packages: ['@aws-sdk/client-kms', 'google-auth-library', 'pkcs11js', 'zod'],
  },
  {
    path: 'adapters/sealed-rows',
    says: 'sealed columns of the tenant schemas, walked and changed one organization at a time',
    modules: ['core', 'foundation/tenancy', 'foundation/vault'],
    packages: ['zod'],
  },
  {
    path: 'adapters/keystore',
    says: 'wrapped keys and floors, in files or in a table',
    modules: ['core', 'foundation/vault', 'adapters/files'],
    packages: ['zod'],
  },
  {
    path: 'adapters/postgres',
    says: 'logins of our own, and why a connection failed',
    modules: ['core', 'adapters/files'],
    packages: ['pg', 'zod'],
  },
  {
    path: 'adapters/postgres/bound',
    says: 'connections of the application, bound to one organization',
    modules: ['core', 'foundation/tenancy'],
    packages: ['pg', 'pg-protocol'],
  },
  {
    path: 'foundation/objects',
    says: 'files of any size, sealed for one organization and one name; links that end',
    modules: ['core', 'foundation/vault'],
    packages: ['zod'],
  },
  {
    path: 'adapters/objects/folder',
    says: 'sealed objects in a directory',
    modules: ['core', 'foundation/objects', 'adapters/files'],
    packages: [],
  },
  {
    path: 'adapters/objects/s3',
    says: 'sealed objects in a bucket: `upheld/s3`',
    modules: ['core', 'foundation/objects'],
    packages: ['@aws-sdk/client-s3', 'zod'],
  },
  {
    path: 'adapters/objects/link-keys',
    says: 'the keys that hide what links say, in a file',
    modules: ['core', 'foundation/objects', 'adapters/files'],
    packages: [],
  },
  {
    path: 'adapters/builders',
    says: 'one organization as query builders take a connection: statements in order, transactions, savepoints',
    modules: ['core', 'foundation/tenancy'],
    packages: [],
  },
  {
    path: 'adapters/builders/pool',
    says: 'one organization in the shape of a pg.Pool: `upheld/pg`',
    modules: ['core', 'foundation/tenancy', 'adapters/builders'],
    packages: ['pg'],
  },
  {
    path: 'adapters/builders/kysely',
    says: 'Kysely over one organization: `upheld/kysely`',
    modules: ['core', 'foundation/tenancy', 'adapters/builders'],
    packages: ['kysely'],
  },
  {
    path: 'adapters/builders/drizzle',
    says: 'Drizzle over one organization: `upheld/drizzle`',
    modules: ['foundation/tenancy', 'adapters/builders', 'adapters/builders/pool'],
    packages: ['drizzle-orm', 'pg'],
  },
  {
    path: 'adapters/builders/prisma',
    says: 'Prisma over one organization: `upheld/prisma`',
    modules: ['foundation/tenancy', 'adapters/builders'],
    packages: ['@prisma/driver-adapter-utils', 'pg'],
  },
  {
    path: 'adapters/postgres/embedded',
    says: 'a real Postgres of our own',
    modules: ['core', 'foundation/releases', 'adapters/files', 'adapters/postgres'],
    packages: [],
  },
  {
    path: 'adapters/postgres/inspect',
    says: 'what a running server lacks',
    modules: ['core', 'foundation/releases'],
    packages: ['zod'],
  },
  ...upper,
]
