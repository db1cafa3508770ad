import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Blobs } from '../upheld/src/foundation/objects/index.ts'
import { openLab, type Lab } from '../upheld/test/objects/lab.ts'
import { inOneCall, inPieces, noise, type Sink } from './objects-raw.ts'
import { seeded } from './harness.ts'

const mebibyte = 2 ** 20
const type = { contentType: 'application/octet-stream' }

interface ObjectSizes {
  readonly rounds: number
  /** Of the object that is sealed, opened and read in parts. */
  readonly mebibytes: number
  /** Parts of 1 MiB that are read in one round. */
  readonly parts: number
  /** Of the object whose memory is looked at. */
  readonly streamed: number
}

/** One way, a number for each round. */
export interface ObjectScore {
  readonly name: string
  /** MiB of content in a second of the clock. */
  readonly perSecond: readonly number[]
  /** The same in a second that this process had a processor: what others do on the machine changes it less. */
  readonly perCpuSecond: readonly number[]
  /** Of the content that came out, where it is opened. */
  readonly answers: string
}

export interface ObjectResult {
  readonly paired: readonly { readonly what: string; readonly scores: readonly ObjectScore[] }[]
  /** A process that seals a stream to nowhere, and one half as long to a folder and reads it back. */
  readonly memory: { readonly mebibytes: number; readonly grownMebibytes: number }
}

/** One way of doing it: gives what it made to the sink, piece by piece. */
interface Way {
  readonly name: string
  readonly run: (sink: Sink) => Promise<void> | void
}

/**
 * An object that lies in memory, so that no disk is measured: sealed, opened, and parts of it read, in pairs with
 * AES-256-GCM of node:crypto over the same bytes.
 */
export async function objectBench(sizes: ObjectSizes): Promise<ObjectResult> {
  const { mebibytes, parts } = sizes
  const content = noise(mebibytes * mebibyte)
  const shelf = memoryBlobs()
  const lab = await openLab({ blobs: shelf })
  try {
    const raw = [inOneCall(content), inPieces(content)]
    const seals = await measured(sizes.rounds, mebibytes, [
      ...raw.map(({ seal }) => seal),
      sealing(lab, shelf, content),
    ])
    await lab.alpha.put('content', inParts(content), { ...type, replace: true })
    const opens = await measured(sizes.rounds, mebibytes, [...raw.map(({ open }) => open), opening(lab)])
    const starts = startsOf(parts, content.length)
    const ranges = await measured(sizes.rounds, parts, [
      ...[inOneCall, inPieces].map(raw => rawParts(raw, content, starts)),
      ourParts(lab, starts),
    ])
    return {
      paired: [
        { what: `seal ${mebibytes} MiB`, scores: seals },
        { what: `open ${mebibytes} MiB`, scores: opens },
        { what: `1 MiB out of ${mebibytes} MiB`, scores: ranges },
      ],
      memory: memoryOf(sizes.streamed),
    }
  } finally {
    lab.close()
  }
}

/** How often a way is run in one turn, so that most of what it leaves behind is collected in its own time. */
const timesEach = 3

/** Everyone in turn, round after round. The round before is not counted; what comes out of it is. */
async function measured(rounds: number, mebibytes: number, ways: readonly Way[]): Promise<readonly ObjectScore[]> {
  const collect = collector()
  const scores = []
  for (const { name, run } of ways) {
    const digest = createHash('sha256')
    await run(piece => void digest.update(piece))
    const perSecond: number[] = []
    const perCpuSecond: number[] = []
    scores.push({ name, run, perSecond, perCpuSecond, answers: digest.digest('hex').slice(0, 16) })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, perSecond, perCpuSecond } of scores) {
      collect()
      const before = process.cpuUsage()
      const from = performance.now()
      for (let time = 0; time < timesEach; time++) await run(() => undefined)
      const seconds = (performance.now() - from) / 1e3
      const { user, system } = process.cpuUsage(before)
      perSecond.push((timesEach * mebibytes) / seconds)
      perCpuSecond.push((timesEach * mebibytes) / ((user + system) / 1e6))
    }
  }
  return scores.map(({ name, perSecond, perCpuSecond, answers }) => ({ name, perSecond, perCpuSecond, answers }))
}

/** What one way left behind is not collected in the time of the next. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  if (typeof found !== 'function') throw new Error('This Node does not collect when it is asked to.')
  return () => void Reflect.apply(found, undefined, [])
}

function sealing(lab: Lab, shelf: MemoryBlobs, content: Buffer): Way {
  return {
    name: 'upheld',
    async run(sink) {
      await shelf.listening(sink, () => lab.beta.put('content', inParts(content), { ...type, replace: true }))
    },
  }
}

function opening(lab: Lab): Way {
  return {
    name: 'upheld',
    async run(sink) {
      for await (const piece of (await lab.alpha.get('content'))?.bytes ?? []) sink(piece)
    },
  }
}

function ourParts(lab: Lab, starts: readonly number[]): Way {
  return {
    name: 'upheld',
    async run(sink) {
      for (const start of starts) {
        const found = await lab.alpha.get('content', { range: { start, end: start + mebibyte } })
        for await (const piece of found?.bytes ?? []) sink(piece)
      }
    },
  }
}

/** As if each part had been sealed by itself: no way of raw AES-256-GCM opens a part of a message. */
function rawParts(raw: typeof inOneCall, content: Buffer, starts: readonly number[]): Way {
  const parts = starts.map(start => raw(content.subarray(start, start + mebibyte)).open)
  return {
    name: parts[0]?.name ?? '',
    run(sink) {
      for (const part of parts) part.run(sink)
    },
  }
}

/** Where the parts begin: anywhere, not at the chunks. */
function startsOf(parts: number, length: number): readonly number[] {
  const next = seeded(3)
  return Array.from({ length: parts }, () => Math.floor(next() * (length - mebibyte)))
}

async function* inParts(content: Buffer, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

interface MemoryBlobs extends Blobs {
  /** What is stored meanwhile goes to the sink and is not kept. */
  listening(sink: Sink, work: () => Promise<unknown>): Promise<void>
}

function memoryBlobs(): MemoryBlobs {
  const kept = new Map<string, Buffer>()
  let listener: Sink | undefined
  return {
    says: 'memory',
    async listening(sink, work) {
      listener = sink
      await work()
      listener = undefined
    },
    async put(key, bytes) {
      const pieces: Uint8Array[] = []
      for await (const piece of bytes) {
        if (listener === undefined) pieces.push(Buffer.from(piece))
        else listener(piece)
      }
      if (listener === undefined) kept.set(key, Buffer.concat(pieces))
      return true
    },
    async get(key, range) {
      const bytes = kept.get(key)
      return bytes === undefined ? undefined : inParts(bytes.subarray(range?.start, range?.end), 262_144)
    },
    size: async key => kept.get(key)?.length,
    remove: async key => void kept.delete(key),
    async *list(prefix) {
      for (const key of kept.keys()) if (key.startsWith(prefix)) yield key
    },
  }
}

/** In a process that did nothing else. */
function memoryOf(mebibytes: number): ObjectResult['memory'] {
  const program = fileURLToPath(new URL('../upheld/test/objects/memory.ts', import.meta.url))
  const said = execFileSync(process.execPath, [program, String(mebibytes)], { encoding: 'utf8' })
  const found: unknown = JSON.parse(said)
  if (typeof found !== 'object' || found === null || !('grownMiB' in found)) throw new Error(said)
  return { mebibytes, grownMebibytes: Number(found.grownMiB) }
}
