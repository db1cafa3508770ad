import { randomBytes } from 'node:crypto'
import type { LinkedObjects } from '../../../index.ts'
import { attempted, fetched } from '../objects/fetched.ts'
import { holds, putting, type Ground, type Kept } from './ground.ts'

/** Through the public door of one organization, by every name that another one's object might answer to. */
export async function askByName(ground: Ground): Promise<void> {
  const { thief, victim, world } = ground
  for (const object of victim.kept) {
    const names = [object.name, object.blobKey, `${world.victim}/${object.name}`, `../${object.blobKey}`].filter(
      name => Buffer.byteLength(name) <= 1024,
    )
    for (const name of names) await ask(ground, object, name)
    await ask(ground, object, object.name, { version: object.facts.version })
    await ask(ground, object, object.name, { range: { start: 0, end: object.content.length } })
    await copyFrom(ground, object)
  }
  await list(ground)
  for (const own of thief.kept) await mustNotShow(ground, own)
}

/** Getting and looking: what comes may be one's own object of that name, and nothing of the other's. */
async function ask(
  { thief, report }: Ground,
  object: Kept,
  name: string,
  options: Parameters<LinkedObjects['get']>[1] = {},
): Promise<void> {
  const where = object.label
  const mine = thief.kept.find(one => one.name === name)
  const got = await fetched(thief.objects, name, options)
  const given = got.end === 'absent' ? Buffer.alloc(0) : got.given
  const strange = got.end === 'given' && got.facts.version !== mine?.facts.version
  if (strange || holds(given, object))
    report.refute({ attack: 'fetch an object of another organization', where, saw: 'it was given' })
  else report.observe('fetch an object of another organization', where)
  const looked = await attempted(() => thief.objects.head(name, options))
  if (looked.done && looked.value !== undefined && looked.value.version !== mine?.facts.version)
    report.refute({ attack: 'look at an object of another organization', where, saw: 'its facts' })
  else report.observe('look at an object of another organization', where)
}

async function copyFrom({ thief, report, mark }: Ground, object: Kept): Promise<void> {
  const attack = 'copy an object of another organization'
  const where = object.label
  const to = `${mark}/copied`
  const mine = thief.kept.find(one => one.name === object.name)
  for (const from of mine === undefined ? [object.name, object.blobKey] : [object.blobKey]) {
    const { done } = await attempted(() => thief.objects.copy(from, to, { replace: true }))
    if (done) report.refute({ attack, where, saw: 'it was copied' })
    else report.observe(attack, where)
  }
  if (mine === undefined) return
  // One's own of the same name is what is copied.
  await thief.objects.copy(object.name, to, { replace: true })
  const copied = await fetched(thief.objects, to)
  if (copied.end !== 'given' || !copied.given.equals(mine.content))
    report.refute({ attack, where, saw: 'not one’s own' })
  else report.observe(attack, where)
  await thief.objects.remove(to)
}

async function list({ thief, victim, report, mark }: Ground): Promise<void> {
  const own = new Set(thief.kept.map(({ facts }) => facts.version))
  for (const prefix of ['', mark, victim.alone.name, '../', victim.alone.blobKey.slice(0, 8)]) {
    const attack = 'list objects of another organization'
    const where = prefix === '' ? 'everything' : 'names that begin so'
    const listed = await attempted(async () => {
      const found: { readonly name: string; readonly version: string }[] = []
      for await (const facts of thief.objects.list(prefix)) found.push(facts)
      return found
    })
    const strange = listed.done ? listed.value.filter(one => one.name.includes(mark) && !own.has(one.version)) : []
    if (strange.length > 0) report.refute({ attack, where, saw: `${strange.length} that are not one’s own` })
    else report.observe(attack, where)
  }
}

async function mustNotShow({ victim, report }: Ground, own: Kept): Promise<void> {
  const got = await fetched(victim.objects, own.name)
  if (got.end === 'given' && got.facts.version === own.facts.version)
    report.refute({ attack: 'find what another organization put', where: own.label, saw: 'it was given' })
  else report.observe('find what another organization put', own.label)
}

/** Overwriting, removing and sealing anew, and then a look at what the other one has. */
export async function spoilByName(ground: Ground): Promise<void> {
  const { thief, victim, report, hand, mark } = ground
  const { alone } = victim
  const put = putting(hand)
  const still = async (attack: string, objects: readonly Kept[]): Promise<void> => {
    for (const { name, content, facts, label: where } of objects) {
      const got = await fetched(victim.objects, name)
      const whole = got.end === 'given' && got.given.equals(content) && got.facts.version === facts.version
      if (whole) report.observe(attack, where)
      else report.refute({ attack, where, saw: 'it is not what its owner put' })
    }
  }
  const content = randomBytes(64)
  const first = await attempted(() => put(thief.objects, alone.label, alone.name, content))
  const attack = 'ask whether a name is taken elsewhere'
  if (first.done) report.observe(attack, alone.label)
  else report.refute({ attack, where: alone.label, saw: first.code })
  await still('put under the name of another’s object', [alone])
  await thief.objects.put(alone.name, content, { contentType: 'image/png', replace: true })
  await thief.objects.put(alone.blobKey, content, { contentType: 'image/png', replace: true })
  await still('overwrite an object of another organization', [alone])
  await thief.objects.copy(thief.alone.name, alone.name, { replace: true })
  await still('copy onto an object of another organization', [alone])
  for (const name of [alone.name, alone.blobKey, `../${alone.blobKey}`]) await thief.objects.remove(name)
  await still('remove an object of another organization', [alone])
  const renewing = thief.objects.renew()[Symbol.asyncIterator]()
  while ((await renewing.next()).done !== true);
  await still('seal one’s own anew', victim.kept)
  const name = `${mark}/both`
  const theirs = await put(victim.objects, 'an object that both have', name, randomBytes(64))
  await thief.objects.put(name, content, { contentType: 'image/png' })
  await thief.objects.remove(name)
  await still('remove one’s own of the same name', [theirs])
  await replaceUnasked(ground)
}

/** Two people of one organization who choose the same name. */
async function replaceUnasked({ victim, report }: Ground): Promise<void> {
  for (const { name, content, label: where } of victim.kept) {
    const attack = 'put over an object without being asked to replace it'
    const { done } = await attempted(() =>
      victim.objects.put(name, Buffer.from('other'), { contentType: 'text/plain' }),
    )
    const now = await fetched(victim.objects, name)
    const kept = now.end === 'given' && now.given.equals(content)
    if (done || !kept) report.refute({ attack, where, saw: 'it was replaced' })
    else report.observe(attack, where)
  }
}
