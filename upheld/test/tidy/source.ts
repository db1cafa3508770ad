import { readdirSync, readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** One file of the repository, read once. `path` is relative to the repository and uses slashes. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
}

/** What broke a rule, and what to do instead. */
export interface Offense {
  readonly at: string
  readonly says: string
}

export const root = fileURLToPath(new URL('../../../', import.meta.url))
const left = new Set(['node_modules', '.git', 'dist', '.upheld'])

/** Every file that could be committed, sorted. */
export function files(below = root): string[] {
  return readdirSync(below, { withFileTypes: true, recursive: false })
    .filter(entry => !left.has(entry.name) && !entry.name.endsWith('.log'))
    .flatMap(entry => {
      const path = `${below}${sep}${entry.name}`
      return entry.isDirectory() ? files(path) : [relative(root, path).split(sep).join('/')]
    })
    .sort()
}

export function read(path: string): string {
  return readFileSync(new URL(path, `file://${root}`), 'utf8')
}

export function sourceOf(path: string, text: string): Source {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true) }
}

/** Every TypeScript and JavaScript file. */
export function sources(): Source[] {
  return files()
    .filter(path => /\.[jt]s$/.test(path))
    .map(path => sourceOf(path, read(path)))
}

/** Calls `visit` on every node, parents first. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, child => walk(child, visit))
}

export function place(source: Source, node: ts.Node): string {
  return `${source.path}:${source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1}`
}

export function list(offenses: readonly Offense[]): string {
  return `\n${offenses.map(offense => `  ${offense.at}  ${offense.says}`).join('\n')}\n`
}
