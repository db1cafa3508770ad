import { posix } from 'node:path'
import ts from 'typescript'
import { door, modules, type Module } from './modules.ts'
import { place, walk, type Offense, type Source } from './source.ts'

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
      offenses.push({ at: source.path, says: 'a file of no module: put it in one, or draw the module in modules.ts' })
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
  if (to === undefined) return [{ at, says: `${file} is in no module of modules.ts` }]
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
        at: 'upheld/test/tidy/modules.ts',
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
