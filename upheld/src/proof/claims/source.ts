import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { refuse } from './errors.ts'

const relativeImport = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g
const digests = new Map<string, string>()

/**
 * SHA-256 over a source file and every file that it reaches by relative import, so that changing the code
 * of a probe changes its claim. Files are read once per process: the code that runs is the code that was read.
 * @throws claims.source_missing
 */
export function sourceDigest(url: string): string {
  const known = digests.get(url)
  if (known !== undefined) return known
  const files = [...reachable(url)].sort(([a], [b]) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
  for (const [, text] of files) hash.update(createHash('sha256').update(text).digest())
  const digest = `sha256:${hash.digest('hex')}`
  digests.set(url, digest)
  return digest
}

function reachable(start: string): Map<string, string> {
  const found = new Map<string, string>()
  const todo = [start]
  for (let url = todo.pop(); url !== undefined; url = todo.pop()) {
    if (found.has(url)) continue
    const text = read(url)
    found.set(url, text)
    for (const match of text.matchAll(relativeImport)) todo.push(new URL(match[1] ?? '', url).href)
  }
  return found
}

function read(url: string): string {
  try {
    return readFileSync(fileURLToPath(url), 'utf8')
  } catch (cause) {
    throw refuse.source_missing({ detail: url, cause })
  }
}
