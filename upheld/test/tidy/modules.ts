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
    path: 'adapters/breakage',
    says: 'what a sabotage broke, written down until it is mended',
    modules: ['core', 'adapters/files'],
    packages: ['zod'],
  },
  {
    path: 'adapters/keys',
    says: 'the context key in a file',
    modules: ['core', 'foundation/tenancy', 'adapters/files'],
    packages: ['zod'],
  },
  {
    path: 'adapters/kms',
    says: 'the root key: in a file, AWS KMS, Google Cloud KMS, Vault or OpenBao Transit, PKCS#11',
    modules: ['core', 'foundation/vault', 'adapters/files'],
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
  {
    path: 'proof/claims',
    says: 'claims, runs, verdicts, the report, the catalogue',
    modules: ['core', 'the door'],
    packages: ['zod'],
  },
  {
    path: 'proof/evidence',
    says: 'the append-only log: written, read, served',
    modules: ['core', 'core/transparency', 'proof/evidence/verify'],
    packages: ['zod'],
  },
  {
    path: 'proof/evidence/verify',
    says: 'what a stranger checks, with Node alone',
    modules: ['core', 'core/transparency'],
    packages: [],
  },
  {
    path: 'proof/probes',
    says: 'the attacks, their sabotages, and the twin they are tried on',
    modules: ['core', 'proof/claims', 'proof/lint', 'proof/probes/attacks', 'the door'],
    packages: ['zod'],
  },
  {
    path: 'proof/probes/attacks',
    says: 'what one organization tries on another, in any Postgres: rows planted, attacked and removed',
    modules: ['core', 'proof/claims'],
    packages: ['zod'],
  },
  {
    path: 'proof/lint',
    says: 'rules held against the catalogue of any Postgres',
    modules: ['core', 'foundation/catalogue', 'foundation/releases', 'foundation/tenancy'],
    packages: [],
  },
  {
    path: 'proof/outside',
    says: 'what a stranger sees of one web address, and the rules on it',
    modules: ['core', 'proof/lint'],
    packages: [],
  },
  {
    path: 'proof/scratch',
    says: 'any database attacked in a scratch copy',
    modules: [
      'core',
      'foundation/catalogue',
      'foundation/tenancy',
      'adapters/postgres',
      'proof/lint',
      'proof/probes/attacks',
    ],
    packages: ['zod'],
  },
  {
    path: 'the door',
    says: 'what customers import, and the wiring behind it',
    modules: [
      'core',
      'foundation/tenancy',
      'adapters/keys',
      'adapters/postgres/bound',
      'proof/claims',
      'proof/evidence/verify',
      'surfaces/look',
    ],
    packages: ['zod'],
  },
  {
    path: 'surfaces/look',
    says: 'one style sheet and one set of fonts for every page',
    modules: ['core'],
    packages: ['hono'],
  },
  {
    path: 'surfaces/trust',
    says: 'the page that publishes only what stands',
    modules: ['core', 'proof/claims', 'surfaces/look'],
    packages: ['hono', 'zod'],
  },
  {
    path: 'surfaces/report',
    says: 'what a look saw, for people and for programs',
    modules: ['core', 'proof/lint', 'proof/outside', 'proof/scratch', 'surfaces/look'],
    packages: ['hono'],
  },
  {
    path: 'surfaces/server',
    says: 'one bounded HTTP server',
    modules: ['core', 'surfaces/look'],
    packages: ['@hono/node-server', 'hono', 'zod'],
  },
  {
    path: 'surfaces/site',
    says: 'application and trust page as one site, live and in a twin',
    modules: [
      'core',
      'proof/claims',
      'proof/evidence',
      'surfaces/look',
      'surfaces/server',
      'surfaces/trust',
      'the door',
    ],
    packages: [],
  },
  {
    path: 'surfaces/prover',
    says: 'where claims are tried: the live system, and scratch copies of it',
    modules: [
      'core',
      'core/transparency',
      'foundation/tenancy',
      'adapters/postgres',
      'proof/claims',
      'proof/evidence',
      'surfaces/server',
      'surfaces/site',
      'the door',
    ],
    packages: [],
  },
  {
    path: 'surfaces/cli',
    says: 'the command line and the processes of a running system',
    modules: [
      'core',
      'foundation/releases',
      'core/transparency',
      'foundation/tenancy',
      'duties/adoption',
      'adapters/breakage',
      'adapters/files',
      'adapters/keys',
      'adapters/postgres',
      'adapters/postgres/embedded',
      'adapters/postgres/inspect',
      'proof/claims',
      'proof/evidence',
      'proof/lint',
      'proof/outside',
      'proof/probes',
      'proof/scratch',
      'surfaces/report',
      'surfaces/server',
      'surfaces/site',
      'surfaces/prover',
      'the door',
    ],
    packages: ['zod'],
  },
  {
    path: 'testing',
    says: 'a server, a prepared application and a browser to test with',
    modules: [
      'core',
      'foundation/tenancy',
      'adapters/breakage',
      'adapters/files',
      'adapters/postgres',
      'adapters/postgres/embedded',
      'proof/claims',
      'proof/evidence',
      'surfaces/server',
      'surfaces/cli',
      'the door',
    ],
    packages: ['@sparticuz/chromium', 'playwright-core'],
  },
]
