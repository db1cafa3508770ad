import { createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto'
import type { World } from '../../claims/index.ts'
import { attempted, fetched } from '../objects/fetched.ts'
import { openHand } from '../objects/hand.ts'
import { holds, putting, type Ground, type Kept } from './ground.ts'

/** What the keys of blobs tell to somebody who may list the store. */
export async function readKeys(ground: Ground): Promise<void> {
  const { thief, victim, world, report } = ground
  const segments = new Set(thief.kept.flatMap(({ blobKey }) => [firstOf(blobKey), ...partsOf(blobKey)]))
  for (const object of victim.kept) {
    const { blobKey, label: where, name } = object
    const shared = [firstOf(blobKey), ...partsOf(blobKey)].some(part => segments.has(part))
    if (shared) report.refute({ attack: 'compare keys of two organizations', where, saw: 'a part that both have' })
    else report.observe('compare keys of two organizations', where)
    const plain = plainOf(blobKey)
    const told = [...wordsOf(name), ...[world.victim, world.thief].flatMap(wordsOf)].some(word => plain.includes(word))
    if (told) report.refute({ attack: 'read names and owners in keys', where, saw: 'a part of a name or an id' })
    else report.observe('read names and owners in keys', where)
    if (isGuessed(plain, guessesOf(name, world))) report.refute({ attack: 'guess a key', where, saw: 'a public hash' })
    else report.observe('guess a key', where)
  }
  await anotherKey(ground)
}

/** The folder of a blob is its organization’s alone. */
function firstOf(blobKey: string): string {
  return blobKey.split('/')[0] ?? ''
}

/** The pieces of a key that are long enough to mean something. */
function partsOf(blobKey: string): readonly string[] {
  return blobKey.split('/').filter(({ length }) => length >= 8)
}

function plainOf(blobKey: string): string {
  return blobKey.replaceAll(/[-/]/g, '')
}

/** Words of a text as a key might hold them: as they are, and in hex. */
function wordsOf(text: string): readonly string[] {
  const words = (text.toLowerCase().match(/[a-z0-9-]{6,}/g) ?? []).map(plainOf)
  return words.flatMap(word => [word, Buffer.from(word).toString('hex')])
}

const hashes = ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256', 'blake2b512', 'ripemd160']

/** Digests of all that an outsider knows: name and organization, alone and together, in the common ways to join them. */
function guessesOf(name: string, { victim }: World): readonly string[] {
  const ids = [victim, plainOf(victim), victim.toUpperCase()]
  const joined = ids.flatMap(id =>
    ['', '/', ':', '\0', '|', '-', '.'].flatMap(by => [`${id}${by}${name}`, `${name}${by}${id}`]),
  )
  const texts = [
    name,
    ...ids,
    ...joined,
    JSON.stringify([victim, name]),
    JSON.stringify({ organization: victim, name }),
  ]
  const keyed = [
    [victim, name],
    [name, victim],
    ['', name],
    ['', `${victim}/${name}`],
  ] as const
  return hashes.flatMap(hash => [
    ...texts.map(text => createHash(hash).update(text).digest('hex')),
    ...keyed.map(([key, text]) => createHmac(hash, key).update(text).digest('hex')),
  ])
}

/** Twelve digits in a row of any of them are no accident. */
function isGuessed(plain: string, digests: readonly string[]): boolean {
  return digests.some(digest => {
    for (let at = 0; at + 12 <= digest.length; at += 4) if (plain.includes(digest.slice(at, at + 12))) return true
    return false
  })
}

/** Whatever the hash is: under another secret the same name must lie elsewhere, or the secret has no part in it. */
async function anotherKey(ground: Ground): Promise<void> {
  const { world, victim, report, mark } = ground
  const attack = 'name it again under another secret'
  const hand = openHand()
  const secret = { id: randomBytes(8).toString('hex'), epoch: 1, key: createSecretKey(randomBytes(32)) }
  const platform = world.open({
    connectionsMax: 1,
    bend: {
      ...hand.bend,
      vault: honest => ({ ...honest, dataKey: async () => secret, dataKeyById: async () => secret }),
    },
  })
  const objects = platform.objects.of(world.victim)
  try {
    for (const { label: where } of victim.kept.slice(0, 3)) {
      const name = `${mark}/secret/${where}`
      const there = await putting(hand)(objects, where, name, Buffer.from('under another secret'))
      await objects.remove(name)
      const here = await putting(ground.hand)(victim.objects, where, name, Buffer.from('under its own'))
      await victim.objects.remove(name)
      const same = partsOf(there.blobKey).some(part => partsOf(here.blobKey).includes(part))
      if (same) report.refute({ attack, where, saw: 'a key that follows from what everybody knows' })
      else report.observe(attack, where)
    }
  } finally {
    await platform.close()
  }
}

/** Somebody who may write to the store moves blobs about. */
export async function moveBlobs(ground: Ground): Promise<void> {
  const { thief, victim, hand } = ground
  for (const [at, theirs] of victim.kept.entries()) {
    const mine = thief.kept[at]
    const other = thief.kept[(at + 1) % thief.kept.length]
    if (mine === undefined || other === undefined) continue
    const [own, strange, beside] = [
      await hand.raw(mine.blobKey),
      await hand.raw(theirs.blobKey),
      await hand.raw(other.blobKey),
    ]
    await laid(ground, 'move a blob to another organization', mine, theirs, strange)
    await laid(ground, 'move a blob to another name', mine, other, beside)
    if (own.length !== strange.length) continue
    // What follows the content begins within the last 4096 bytes, whatever the lengths are.
    const joined = Buffer.concat([strange.subarray(0, -4096), own.subarray(-4096)])
    await laid(ground, 'join the content of one with the facts of another', mine, theirs, joined)
  }
  await plant(ground)
}

async function laid(
  { thief, hand, report }: Ground,
  attack: string,
  mine: Kept,
  from: Kept,
  bytes: Buffer,
): Promise<void> {
  const where = from.label
  const [got, looked] = await hand.laying(mine.blobKey, bytes, async () => [
    await fetched(thief.objects, mine.name),
    await attempted(() => thief.objects.head(mine.name)),
  ])
  const given = got.end === 'absent' ? Buffer.alloc(0) : got.given
  const shown = looked.done && looked.value?.version === from.facts.version
  if (got.end === 'given' || given.length > 0 || holds(given, from) || shown)
    report.refute({ attack, where, saw: 'it opened' })
  else report.observe(attack, where)
}

/** A blob of the victim under a new key among those of the thief. */
async function plant({ thief, victim, hand, report }: Ground): Promise<void> {
  const attack = 'plant a blob among those of another organization'
  const { blobKey, facts, label: where } = victim.alone
  const tail = blobKey.split('/').slice(1).join('/')
  const listed = await hand.laying(`${firstOf(thief.alone.blobKey)}/${tail}`, await hand.raw(blobKey), () =>
    attempted(async () => {
      const versions: string[] = []
      for await (const found of thief.objects.list()) versions.push(found.version)
      return versions
    }),
  )
  if (listed.done && listed.value.includes(facts.version)) report.refute({ attack, where, saw: 'it was listed' })
  else report.observe(attack, where)
}

/** An older copy of the same object, brought back: whoever kept the version is not deceived. */
export async function bringBack({ victim, hand, report, platform, mark }: Ground): Promise<void> {
  const attack = 'bring an older copy back'
  const put = putting(hand)
  for (const { label: where, content } of victim.kept.slice(0, 4)) {
    const name = `${mark}/older/${where}`
    const before = await put(victim.objects, where, name, randomBytes(content.length))
    const old = await hand.raw(before.blobKey)
    const now = await put(victim.objects, where, name, randomBytes(content.length), true)
    const { version } = now.facts
    const link = await victim.objects.link(name, { lastsSecs: 60, version })
    const [got, served] = await hand.laying(now.blobKey, old, async () => [
      await fetched(victim.objects, name, { version }),
      await platform.serve(new Request(`http://probe.invalid${link}`)),
    ])
    await served.body?.cancel()
    if (got.end === 'given' || served.ok) report.refute({ attack, where, saw: 'it was given as the newer one' })
    else report.observe(attack, where)
    await victim.objects.remove(name)
  }
}
