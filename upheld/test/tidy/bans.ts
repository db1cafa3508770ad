import ts from 'typescript'
import { place, walk, type Offense, type Source } from './source.ts'

interface Ban {
  readonly name: string
  readonly instead: string
  /** Files in which it may stand. */
  readonly allowed?: RegExp
  /** The only files that are looked at; all when absent. */
  readonly only?: RegExp
  readonly found: (node: ts.Node, source: Source) => boolean
  /** A line that breaks the ban: the test plants it and demands that it is caught. */
  readonly planted: string
}

const tests = String.raw`\.test\.ts$|^(upheld|desk)/test/`
const commands = String.raw`^ready\.js$|^desk/sabotage/|^bench/`

function dotted(node: ts.Node, object: string, name?: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === object &&
    (name === undefined || node.name.text === name)
  )
}

/** A bare name that is called and that the file does not bind itself. */
function globalCall(node: ts.Node, source: Source, name: string): boolean {
  if (dotted(node, 'globalThis', name)) return true
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== name) return false
  let bound = false
  walk(source.tree, inner => {
    const binds = ts.isVariableDeclaration(inner) || ts.isParameter(inner) || ts.isFunctionDeclaration(inner)
    if ((binds || ts.isBindingElement(inner) || ts.isImportSpecifier(inner)) && inner.name?.getText() === name)
      bound = true
  })
  return !bound
}

function isAssertion(node: ts.Node): boolean {
  if (ts.isNonNullExpression(node) || ts.isTypeAssertionExpression(node)) return true
  return ts.isAsExpression(node) && node.type.getText() !== 'const'
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(m => m.kind === ts.SyntaxKind.DefaultKeyword)
}

function isQuietTest(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false
  if (!['test', 'suite', 'describe', 'it'].includes(node.expression.text)) return false
  return ['only', 'skip', 'todo'].includes(node.name.text)
}

export const bans: readonly Ban[] = [
  {
    name: 'the wall clock',
    instead: 'take a Clock (core/clock.ts)',
    allowed: new RegExp(`^upheld/src/core/clock\\.ts$|${tests}|${commands}`),
    found: node =>
      dotted(node, 'Date', 'now') ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0),
    planted: 'export const at = new Date()',
  },
  {
    name: 'Math.random',
    instead: 'randomUUID or randomBytes of node:crypto; a seeded generator for data',
    found: node => dotted(node, 'Math', 'random'),
    planted: 'export const luck = Math.random()',
  },
  {
    name: 'console',
    instead: 'surfaces/cli/terminal.ts; a library returns what it has to say',
    allowed: new RegExp(`^upheld/src/surfaces/cli/|^upheld/test/|${commands}`),
    found: node => dotted(node, 'console'),
    planted: "console.log('here')",
  },
  {
    name: 'global fetch',
    instead: 'the egress guard; probes, the CLI and tests may call out themselves',
    allowed: new RegExp(
      `^upheld/src/surfaces/cli/|^upheld/src/proof/probes/|^upheld/src/verify\\.ts$|^upheld/src/surfaces/trust/check/page\\.js$|^upheld/src/surfaces/people/passkeys/[a-z]+\\.js$|${tests}|${commands}`,
    ),
    found: (node, source) => globalCall(node, source, 'fetch'),
    planted: "export const page = await fetch('http://127.0.0.1')",
  },
  {
    name: 'process.env',
    instead: 'an option, read from the environment in surfaces/cli/env.ts alone',
    allowed: new RegExp(`^upheld/src/surfaces/cli/env\\.ts$|^upheld/src/testing/|${tests}|${commands}`),
    found: node => dotted(node, 'process', 'env'),
    planted: 'export const home = process.env.HOME',
  },
  {
    name: 'any',
    instead: 'unknown and a check: zod or a type guard',
    found: node => node.kind === ts.SyntaxKind.AnyKeyword,
    planted: 'export function open(door: any): void { door() }',
  },
  {
    name: 'a type assertion',
    instead: 'zod, a type guard, or an overload; only adapters cast',
    allowed: /^upheld\/src\/adapters\//,
    found: isAssertion,
    planted: 'export const one = JSON.parse("1") as number',
  },
  {
    name: 'a default export',
    instead: 'export by name: a name is found by search',
    allowed: /^eslint\.config\.js$/,
    found: isDefaultExport,
    planted: 'export default 1',
  },
  {
    name: 'an enum or a namespace',
    instead: 'a union of words: what runs is what was written',
    found: node => ts.isEnumDeclaration(node) || (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name)),
    planted: 'export enum Color { red }',
  },
  {
    name: 'a bare Error',
    instead: 'a coded error of the module (errors.ts), or assert for our own bug',
    only: /^upheld\/src\//,
    allowed: new RegExp(`^upheld/src/core/errors\\.ts$|^upheld/src/testing/|${tests}`),
    found: node =>
      ts.isThrowStatement(node) &&
      ts.isNewExpression(node.expression) &&
      /^(Type|Range)?Error$/.test(node.expression.expression.getText()),
    planted: "throw new Error('no')",
  },
  {
    name: 'the Postgres driver',
    instead: 'a port of core/ports.ts, given by adapters/postgres',
    allowed: new RegExp(`^upheld/src/adapters/|^bench/|${tests}`),
    found: node =>
      ts.isImportDeclaration(node) &&
      ts.isStringLiteral(node.moduleSpecifier) &&
      /^pg(\/|$)/.test(node.moduleSpecifier.text),
    planted: "import pg from 'pg'",
  },
  {
    name: 'a class that is no error',
    instead: 'a factory that returns a frozen object',
    found: node =>
      ts.isClassLike(node) &&
      !(node.heritageClauses ?? []).some(clause => clause.types.some(type => /Error$/.test(type.expression.getText()))),
    planted: 'export class Manager {}',
  },
  {
    name: 'a test that does not run',
    instead: 'run it, or take it out and say why in the commit; `{ skip: reason }` prints its reason',
    found: isQuietTest,
    planted: "test.only('one', () => {})",
  },
]

export function breaches(ban: Ban, source: Source): Offense[] {
  if (ban.allowed?.test(source.path) === true || ban.only?.test(source.path) === false) return []
  const offenses: Offense[] = []
  walk(source.tree, node => {
    if (ban.found(node, source)) offenses.push({ at: place(source, node), says: `${ban.name}: ${ban.instead}` })
  })
  return offenses
}
