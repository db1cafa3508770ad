import { randomBytes } from 'node:crypto'
import type { LinkedObjects, ObjectFacts, Objects } from '../../../index.ts'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import { fetched } from '../objects/fetched.ts'
import { openHand, type Hand } from '../objects/hand.ts'

/** One object as somebody put it. */
export interface Kept {
  /** Such as `several chunks`, for a finding: names and contents stay out of it. */
  readonly label: string
  readonly name: string
  readonly content: Buffer
  readonly facts: ObjectFacts
  readonly blobKey: string
}

interface Party {
  readonly objects: LinkedObjects
  readonly kept: readonly Kept[]
  /** Has a name that the other party has not. */
  readonly alone: Kept
}

export interface Ground {
  readonly world: World
  readonly report: Report
  readonly platform: Objects
  readonly hand: Hand
  /** Stands in every name of this run. */
  readonly mark: string
  readonly thief: Party
  readonly victim: Party
}

const markForm = /probe-objects-[0-9a-f]{12}/
/** Bytes of content that a C2SP chunk has. */
const chunk = 16_384

/** What it is, what it is called, and how many bytes it has. Both parties have one of each. */
const shapes = (mark: string, victim: string): readonly (readonly [label: string, name: string, bytes: number])[] => [
  ['an empty object', `${mark}/empty.txt`, 0],
  ['a small object', `${mark}/small.txt`, 300],
  ['one whole chunk', `${mark}/chunk.bin`, chunk],
  ['several chunks', `${mark}/photo.png`, 2 * chunk + 7_000],
  ['a name that climbs', `../../../${mark}/../etc/passwd`, 200],
  ['a name from the root', `/etc/${mark}`, 200],
  ['a name with signs of an address', `%2e%2e%2f${mark}%00?a=b#c`, 200],
  ['a name of another system', `C:\\${mark}\\..\\con.txt:stream`, 200],
  ['a name of drafts', `.drafts/${mark}`, 200],
  ['a name in other letters', `Ünïcødé/${mark}/鍵/🗝.txt`, 200],
  ['a name that ends a header', `${mark}"; filename="x.html`, 200],
  ['a name with the other’s id', `${victim}/${mark}`, 200],
  ['a long name', `${mark}/${'n'.repeat(980)}`, 200],
]

/** Objects of both parties, put through the application's own handle, with a hand in the store below it. */
export async function attackOn(world: World, report: Report, attack: (ground: Ground) => Promise<void>): Promise<void> {
  const hand = openHand()
  const platform = world.open({ connectionsMax: 1, bend: hand.bend })
  try {
    const mark = `probe-objects-${randomBytes(6).toString('hex')}`
    const [own, theirs] = [platform.objects.of(world.thief), platform.objects.of(world.victim)]
    const clear = async (): Promise<void> => {
      // A twin goes with all that is in it.
      for (const objects of world.place === 'live' ? [own, theirs] : []) await cleared(objects)
    }
    await clear()
    try {
      const put = putting(hand)
      const all = shapes(mark, world.victim)
      const thief = await party(put, own, all, ['the thief’s alone', `${mark}/mine.pdf`, 500])
      const victim = await party(put, theirs, all, ['the victim’s alone', `${mark}/payroll 2026.pdf`, chunk + 500])
      report.population('objects', victim.kept.length)
      await attack({ world, report, platform: platform.objects, hand, mark, thief, victim })
    } finally {
      await clear()
    }
  } finally {
    await platform.close()
  }
}

/** What this probe put, also what a run that died left behind. */
async function cleared(objects: LinkedObjects): Promise<void> {
  for await (const { name } of objects.list()) if (markForm.test(name)) await objects.remove(name)
}

type Put = (objects: LinkedObjects, label: string, name: string, content: Buffer, replace?: boolean) => Promise<Kept>

export function putting(hand: Hand): Put {
  return async (objects, label, name, content, replace = false) => {
    const before = hand.written.length
    const facts = await objects.put(name, content, { contentType: 'image/png', replace })
    const blobKey = hand.written.slice(before).at(-1)
    if (blobKey === undefined) throw cannotProbe('An object was put, and nothing came to the store.')
    return { label, name, content, facts, blobKey }
  }
}

type Shape = ReturnType<typeof shapes>[number]

async function party(put: Put, objects: LinkedObjects, all: readonly Shape[], only: Shape): Promise<Party> {
  const kept: Kept[] = []
  for (const [label, name, bytes] of [...all, only]) kept.push(await put(objects, label, name, randomBytes(bytes)))
  const alone = kept.at(-1)
  if (alone === undefined) throw cannotProbe('Nothing was put.')
  return { objects, kept, alone }
}

/**
 * Positive control: whoever put it reads it, whole and in part.
 * @throws claims.cannot_probe
 */
export async function mustRead({ objects, kept }: Pick<Party, 'objects' | 'kept'>): Promise<void> {
  for (const { label, name, content } of kept) {
    const whole = await fetched(objects, name)
    if (whole.end !== 'given' || !whole.given.equals(content))
      throw cannotProbe(`What was put does not come back: ${label}.`)
    const range = { start: Math.floor(content.length / 3), end: Math.ceil(content.length / 2) }
    const part = await fetched(objects, name, { range })
    if (part.end !== 'given' || !part.given.equals(content.subarray(range.start, range.end)))
      throw cannotProbe(`A part of what was put does not come back: ${label}.`)
  }
}

/** Whether bytes hold some of a content that is not empty: sixteen of its first are enough. */
export function holds(bytes: Buffer, { content }: Pick<Kept, 'content'>): boolean {
  return content.length > 0 && bytes.includes(content.subarray(0, 16))
}
