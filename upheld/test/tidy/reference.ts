import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { files, read, root, sourceOf, walk } from './source.ts'
import { asvsTable } from '../asvs/table.ts'
import { rulesPage } from '../lint/reference/rules-page.ts'
import { toolsGuide } from '../../src/surfaces/trust/tools/guide.ts'
import { drawing } from './floors.ts'

/** A file, or a part of one between two markers, that is written by `write-reference.ts` and compared by tidy. */
interface Written {
  readonly path: string
  readonly text: string
}

interface Code {
  readonly code: string
  readonly status: number
  readonly says: string
}

/** Every table given to `defineErrors`, read from the source: importing a module must not be needed to list its codes. */
function errorCodes(): Code[] {
  return files()
    .filter(path => /^upheld\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'))
    .flatMap(path => codesIn(path, read(path)))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
}

function codesIn(path: string, text: string): Code[] {
  const codes: Code[] = []
  walk(sourceOf(path, text).tree, node => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'defineErrors') return
    const [module, table] = node.arguments
    if (module === undefined || !ts.isStringLiteral(module)) return
    if (table === undefined || !ts.isObjectLiteralExpression(table)) return
    for (const entry of table.properties) {
      if (ts.isPropertyAssignment(entry)) codes.push(codeOf(module.text, entry))
    }
  })
  return codes
}

function codeOf(module: string, entry: ts.PropertyAssignment): Code {
  const fields = new Map<string, string>()
  walk(entry.initializer, node => {
    if (!ts.isPropertyAssignment(node)) return
    fields.set(
      node.name.getText(),
      ts.isStringLiteralLike(node.initializer) ? node.initializer.text : node.initializer.getText(),
    )
  })
  return {
    code: `${module}.${entry.name.getText()}`,
    status: Number(fields.get('status')),
    says: fields.get('public') ?? '',
  }
}

function errorsPage(): string {
  const rows = errorCodes().map(
    ({ code, status, says }) => `| \`${code}\` | ${status} | ${says.replaceAll('|', '\\|')} |`,
  )
  return [
    '# Error codes',
    '',
    'Written by `node upheld/test/tidy/write-reference.ts`; `npm run tidy` compares it with the source.',
    'A code keeps its meaning once released. The status is the HTTP answer that fits: 4xx is the caller, 5xx is us.',
    '',
    '| code | status | what it says |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function between(text: string, name: string, inner: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [text.indexOf(from), text.indexOf(to)]
  if (start < 0 || end < start) return `${text}\n${from}\n${inner}\n${to}\n`
  return `${text.slice(0, start + from.length)}\n${inner}\n${text.slice(end)}`
}

const guide = 'docs/guide/check-the-log.md'

export function reference(): Written[] {
  return [
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/rules.md', text: rulesPage() },
    { path: 'docs/reference/asvs.md', text: asvsTable() },
    { path: guide, text: between(read(guide), 'tools', toolsGuide()) },
    { path: 'ARCHITECTURE.md', text: between(read('ARCHITECTURE.md'), 'floors', drawing()) },
  ]
}

export const rootUrl = pathToFileURL(root)
