import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { canonicalJson } from '../upheld/src/core/json.ts'
import { leafHash, signCheckpoint } from '../upheld/src/core/transparency/index.ts'
import { writeAuditBundle, type AuditSource } from '../upheld/src/proof/bundle/index.ts'
import { sampleEntry, sampleSigner, sampleSource } from '../upheld/src/proof/bundle/sample/source.ts'
import { growingTree } from '../upheld/src/proof/bundle/verify/index.ts'
import { verifyAuditBundle } from '../upheld/src/proof/bundle/verify/index.ts'

export interface BundleResult {
  readonly entries: number
  readonly megabytes: number
  readonly writeMs: number
  /** What of that is making the entries of the bench. */
  readonly verifyMs: number
  /** Highest memory of the process while it verified, above what it had before. */
  readonly verifyMegabytesMax: number
}

/** An archive of so many entries, written to a file and verified from it. */
export async function bundleBench(sizes: readonly number[]): Promise<readonly BundleResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-bundle-'))
  try {
    const results = []
    for (const size of sizes) results.push(await measured(size, join(folder, `${size}.tar`)))
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measured(entries: number, path: string): Promise<BundleResult> {
  const source = longSource(entries)
  const started = performance.now()
  await pipeline(Readable.from(writeAuditBundle(source)), createWriteStream(path))
  const written = performance.now()
  const before = process.memoryUsage().rss
  let most = before
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20)
  const from = performance.now()
  const found = await verifyAuditBundle(createReadStream(path, { highWaterMark: 4 * 1024 * 1024 }), { now: new Date() })
  const verifyMs = Math.round(performance.now() - from)
  clearInterval(timer)
  if (found.size !== entries) throw new Error(`${found.size} entries were verified.`)
  const megabytes = Math.round(statSync(path).size / 1e6)
  return {
    entries,
    megabytes,
    writeMs: Math.round(written - started),
    verifyMs,
    verifyMegabytesMax: Math.round((most - before) / 1e6),
  }
}

/** Entries made when they are asked for, so that the source takes no memory either. */
function longSource(size: number): AuditSource {
  const leavesOf = (from: number, to: number): Buffer[] =>
    Array.from({ length: to - from }, (_, i) => Buffer.from(canonicalJson(entryAt(from + i))))
  const tree = growingTree()
  for (let from = 0; from < size; from += 256) {
    tree.add(Buffer.concat(leavesOf(from, Math.min(size, from + 256)).map(leafHash)))
  }
  return {
    ...sampleSource(1, { anchored: false }),
    checkpoint: signCheckpoint({ size, root: tree.root(size) }, sampleSigner),
    leaves: async (from, to) => leavesOf(from, to),
    disclosures: async () => [],
  }
}

/** Without personal values. */
function entryAt(index: number) {
  return { ...sampleEntry(20), id: `019aa0a0-0000-7000-8000-${String(index).padStart(12, '0')}` }
}
