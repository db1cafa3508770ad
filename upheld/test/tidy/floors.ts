import { posix } from 'node:path'
import ts from 'typescript'
import { place, walk, type Offense, type Source } from './source.ts'

/** One module: what it is for, and everything that it may import. Node's own modules need no permission. */
interface Module {
  /** The folder, or the single file, below `upheld/src`. */
  readonly path: string
  readonly says: string
  readonly modules: readonly string[]
  readonly packages: readonly string[]
}

/** The files directly below `upheld/src`: what customers import, and the wiring behind it. */
const door = 'the door'

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

/** A deeper module wins: `core/transparency/note.ts` belongs to `core/transparency`, not to `core`. */
function moduleOf(path: string, known: readonly Module[] = modules): Module | undefined {
  const inside = path.replace(/^upheld\/src\//, '')
  if (inside === path) return undefined
  if (!inside.includes('/')) return known.find(module => module.path === door)
  return known
    .filter(module => inside === module.path || inside.startsWith(`${module.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0]
}

interface Import {
  readonly at: string
  readonly from: Module
  /** Another file of the repository. */
  readonly file?: string
  /** A package, without the path inside it. */
  readonly package?: string
}

function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier : undefined
  }
  const called = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
  const first = called ? node.arguments[0] : undefined
  return first !== undefined && ts.isStringLiteral(first) ? first : undefined
}

export function specifiers(source: Source): ts.StringLiteral[] {
  const found: ts.StringLiteral[] = []
  walk(source.tree, node => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) found.push(specifier)
  })
  return found
}

export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function imports(source: Source, from: Module): Import[] {
  return specifiers(source)
    .filter(specifier => !specifier.text.startsWith('node:'))
    .map(specifier => {
      const at = place(source, specifier)
      if (!specifier.text.startsWith('.')) return { at, from, package: packageOf(specifier.text) }
      return { at, from, file: posix.join(posix.dirname(source.path), specifier.text) }
    })
}

/**
 * Every import that the drawing does not show, every import past a door, every permission that nobody uses,
 * and every file that is in no module. Tests beside the source may import downwards what they like.
 */
export function crossings(all: readonly Source[], known: readonly Module[] = modules): Offense[] {
  const offenses: Offense[] = []
  const used = new Set<string>()
  const doors = new Set(all.map(source => source.path).filter(path => path.endsWith('/index.ts')))
  for (const source of all) {
    if (!source.path.startsWith('upheld/src/') || source.path.endsWith('.test.ts')) continue
    const from = moduleOf(source.path, known)
    if (from === undefined) {
      offenses.push({ at: source.path, says: 'a file of no module: put it in one, or draw the module in floors.ts' })
      continue
    }
    for (const one of imports(source, from)) offenses.push(...judge(one, known, doors, used))
  }
  return [...offenses, ...idle(known, used)]
}

function judge(one: Import, known: readonly Module[], doors: ReadonlySet<string>, used: Set<string>): Offense[] {
  const { at, from } = one
  if (one.package !== undefined) {
    used.add(`${from.path} > ${one.package}`)
    return from.packages.includes(one.package)
      ? []
      : [{ at, says: `${from.path} may not use the package ${one.package}` }]
  }
  const file = one.file ?? ''
  const to = moduleOf(file, known)
  if (to === undefined) return [{ at, says: `${file} is in no module of floors.ts` }]
  if (to === from) return []
  used.add(`${from.path} > ${to.path}`)
  if (!from.modules.includes(to.path)) return [{ at, says: `${from.path} may not use ${to.path}` }]
  const entry = `upheld/src/${to.path}/index.ts`
  if (doors.has(entry) && file !== entry)
    return [{ at, says: `${file} is behind the door of ${to.path}: import its index.ts` }]
  return []
}

function idle(known: readonly Module[], used: ReadonlySet<string>): Offense[] {
  return known.flatMap(module =>
    [...module.modules, ...module.packages]
      .filter(one => !used.has(`${module.path} > ${one}`))
      .map(one => ({
        at: 'upheld/test/tidy/floors.ts',
        says: `${module.path} does not use ${one}: take the line out`,
      })),
  )
}

/** The drawing as ARCHITECTURE.md prints it, between its two markers. */
export function drawing(): string {
  const rows = modules.map(({ path, says, ...uses }) => {
    const named = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(' ') || '-'
    return `| \`${path}\` | ${says} | ${named(uses.modules)} | ${named(uses.packages)} |`
  })
  return ['| module | what it is for | may use | packages |', '|---|---|---|---|', ...rows].join('\n')
}
