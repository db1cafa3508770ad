/** `npm test`: every test of the house, on one Postgres that is thrown away. Words that start with - go to `node --test`, others choose files. */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { startTestServer } from '../src/testing/server.ts'

const root = join(import.meta.dirname, '..', '..')
const concurrency = 2
const usageError = 64

/** In one order everywhere, so that what fails here fails there. */
function findTests(words: readonly string[]): readonly string[] {
  const folders = ['upheld', 'desk', 'bench']
  return globSync(
    folders.map(folder => `${folder}/**/*.test.ts`),
    { cwd: root, exclude: name => name === 'node_modules' },
  )
    .map(path => relative(root, join(root, path)).split(sep).join('/'))
    .filter(path => words.length === 0 || words.some(word => path.includes(word.replace(/^\.\//, ''))))
    .sort()
}

async function main(): Promise<number> {
  const given = process.argv.slice(2)
  const files = findTests(given.filter(word => !word.startsWith('-')))
  if (files.length === 0) {
    process.stderr.write(`No test file has ${given.join(' or ')} in its path.\n`)
    return usageError
  }
  const server = await startTestServer()
  // Every file is a process: what one of them compiled, the next need not.
  const compiled = mkdtempSync(join(tmpdir(), 'upheld-compiled-'))
  try {
    return await runTests(
      given.filter(word => word.startsWith('-')),
      files,
      { UPHELD_TEST_ADMIN_URL: server.adminUrl, NODE_COMPILE_CACHE: compiled },
    )
  } finally {
    await server.stop()
    rmSync(compiled, { recursive: true, force: true })
  }
}

function runTests(
  flags: readonly string[],
  files: readonly string[],
  given: Readonly<Record<string, string>>,
): Promise<number> {
  const words = ['--test', `--test-concurrency=${concurrency}`, ...flags, ...files]
  const path = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`
  const env = { ...process.env, ...given, PATH: path }
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
  // Ctrl-C reaches the tests as well. We outlast them, to clean up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}

process.exitCode = await main()
