import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const wanted = ['kysely', 'drizzle-orm', 'pg', '@types/node', '@types/pg', '@prisma/driver-adapter-utils']

const program = `
import { upheld, type Organization } from 'upheld'
import { boundKysely } from 'upheld/kysely'
import { boundDrizzle } from 'upheld/drizzle'
import { boundPrisma } from 'upheld/prisma'
import { boundPool } from 'upheld/pg'

export function builders(organization: Organization) {
  const kysely = boundKysely<{ book: { id: number } }>(organization)
  // @ts-expect-error -- a table that there is not
  void (() => kysely.selectFrom('nothing'))
  return [kysely.selectFrom('book').select('id').compile().sql, boundDrizzle(organization).$client.ended,
    boundPrisma(organization).adapterName, boundPool(organization).ended] as const
}
const made = builders({} as Organization)
console.log(typeof upheld, made.join(' '))
`

test('a project of its own type-checks against the package as the guide says, strictly, and runs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-consumer-'))
  try {
    const link = (name: string, target: string): void => {
      const at = join(folder, 'node_modules', name)
      mkdirSync(dirname(at), { recursive: true })
      symlinkSync(target, at)
    }
    link('upheld', join(root, 'upheld'))
    for (const name of wanted) {
      const own = join(root, 'upheld/node_modules', name)
      link(name, existsSync(own) ? own : join(root, 'node_modules', name))
    }
    const compilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      allowImportingTsExtensions: true,
      module: 'nodenext',
      target: 'es2025',
      lib: ['es2025'],
      types: ['node'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['program.ts'] }))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    writeFileSync(join(folder, 'program.ts'), program)
    const call = promisify(execFile)
    // What does not type-check ends it with a code, and its lines are in the error.
    await call(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
    const { stdout } = await call(process.execPath, [join(folder, 'program.ts')])
    assert.equal(stdout, 'function select "id" from "book" false upheld/prisma false\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
