import type { JsonObject } from '../../core/json.ts'
import { type Leaf, readLeaf, type RunRecord } from '../../proof/claims/index.ts'
import { codesOf, partsChanged } from './changed.ts'

/** Which entries of the evidence log a page asks for. */
export interface RecordQuery {
  readonly claim?: string
  readonly types?: readonly Leaf['type'][]
  /** Only entries with a smaller index. */
  readonly before?: number
  /** 1 to 101. */
  readonly limit: number
}

/** Entries of the evidence log, newest first, each with its leaf as logged. */
export type ReadRecord = (
  query: RecordQuery,
) => Promise<readonly { readonly index: number; readonly leaf: JsonObject }[]>

/** Answers out of a log that is held in memory, such as the one that was just verified. Looks from the newest back. */
export function recordOf(read: () => Promise<readonly { readonly value: JsonObject }[]>): ReadRecord {
  return async ({ claim, types, before = Infinity, limit }) => {
    const leaves = await read()
    const found = []
    for (let index = Math.min(before, leaves.length) - 1; index >= 0 && found.length < limit; index -= 1) {
      const leaf = leaves[index]?.value ?? {}
      const asked = claim === undefined || leaf['claim'] === claim
      if (asked && (types === undefined || types.some(type => type === leaf['type']))) found.push({ index, leaf })
    }
    return found
  }
}

/** `leaf` is undefined when it is not of a kind that we know: the entry keeps its line on the page. */
export interface Entry {
  readonly index: number
  readonly leaf: Leaf | undefined
}

export interface EntryPage {
  readonly entries: readonly Entry[]
  /** Give as `before` for the next, older page; absent on the last one. */
  readonly older?: number
}

/** One change to what is promised, as the log has it. */
export interface Change {
  readonly index: number
  readonly at: string
  readonly claim: string
  readonly digest: string
  readonly kind: 'added' | 'changed' | 'withdrawn'
  readonly sentence: string
  /** What differs from before, in words; only of a change. */
  readonly parts: readonly string[]
  /** `sha256:` digests of the code that attacks it since. */
  readonly codes: readonly string[]
}

/** One page of the record; asks for one entry more than it shows, to know whether there is an older page. */
export async function readPage(read: ReadRecord, query: RecordQuery): Promise<EntryPage> {
  const found = await read({ ...query, limit: query.limit + 1 })
  const shown = found.slice(0, query.limit).map(entry => ({ index: entry.index, leaf: known(entry.leaf) }))
  const last = shown.at(-1)
  return found.length > query.limit && last !== undefined ? { entries: shown, older: last.index } : { entries: shown }
}

/** The changes of a page of claim and withdrawal entries, each told apart by the entry of the same claim before it. */
export async function changesOf(page: EntryPage, read: ReadRecord): Promise<readonly Change[]> {
  const changes = page.entries.map(async (entry, place) => {
    const { index, leaf } = entry
    if (leaf === undefined || leaf.type === 'upheld/run@v1') return []
    const shown = page.entries
      .slice(place + 1)
      .find(one => one.leaf?.type === promised && one.leaf.claim === leaf.claim)
    const further = { claim: leaf.claim, types: [promised], before: index, limit: 1 } as const
    const before = shown ?? (page.older === undefined ? undefined : (await readPage(read, further)).entries[0])
    return [changeOf(index, leaf, before?.leaf)]
  })
  return (await Promise.all(changes)).flat()
}

const promised = 'upheld/claim@v1'
export const changeTypes = [promised, 'upheld/withdrawal@v1'] as const

function changeOf(index: number, leaf: Exclude<Leaf, RunRecord>, before: Leaf | undefined): Change {
  const { at, claim, digest } = leaf
  const common = { index, at, claim, digest, parts: [], codes: [] }
  if (leaf.type === promised) {
    const said = { ...common, codes: codesOf(leaf.definition), sentence: sentenceOf(leaf) }
    if (before?.type !== promised) return { ...said, kind: 'added' }
    return { ...said, kind: 'changed', parts: partsChanged(before.definition, leaf.definition) }
  }
  return { ...common, kind: 'withdrawn', sentence: before === undefined ? claim : sentenceOf(before) }
}

function sentenceOf(leaf: Leaf): string {
  const said = leaf.type === promised ? leaf.definition['sentence'] : undefined
  return typeof said === 'string' ? said : leaf.claim
}

function known(json: JsonObject): Leaf | undefined {
  const read = readLeaf(json)
  return read.kind === 'ours' ? read.leaf : undefined
}
