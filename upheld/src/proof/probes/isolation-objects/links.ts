import { randomBytes } from 'node:crypto'
import { cannotProbe } from '../../claims/index.ts'
import { attempted } from '../objects/fetched.ts'
import { mustGiveOnly, mustRefuse, type Ask } from './asking.ts'
import { holds, putting, type Ground, type Kept } from './ground.ts'

export interface Linking {
  readonly ground: Ground
  readonly ask: Ask
  /** Which of the bytes of a link are changed: each, or every so many. */
  readonly step: number
}

const lastsSecs = 120
/** Two hours. */
const agoMs = 7_200_000

/**
 * Positive control: a link opens its object, whole and in part. One that opens another’s is a finding.
 * @throws claims.cannot_probe
 */
export async function mustOpen({ ground: { thief, victim, report }, ask }: Linking): Promise<void> {
  for (const [{ objects, kept }, other] of [
    [thief, victim],
    [victim, thief],
  ] as const) {
    for (const { name, label, content } of kept) {
      const link = await objects.link(name, { lastsSecs })
      const whole = await ask(link)
      if (other.kept.some(one => holds(whole.body, one)))
        report.refute({ attack: 'open one’s own link', where: label, saw: 'an object of another organization' })
      if (whole.status !== 200 || !whole.body.equals(content))
        throw cannotProbe(`A link does not open: ${label}, ${whole.status}.`)
      if (content.length === 0) continue
      const part = await ask(link, { headers: { range: 'bytes=5-9' } })
      if (part.status !== 206 || !part.body.equals(content.subarray(5, 10)))
        throw cannotProbe(`No part comes: ${label}.`)
    }
  }
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function turned(letter: string): string {
  const upper = letter.toUpperCase()
  return letter === upper ? letter.toLowerCase() : upper
}

/** A link of the victim, changed in each of its places, cut, made longer and joined with another. */
export async function alterLinks({ ground, ask, step }: Linking): Promise<void> {
  const { thief, victim, platform, report } = ground
  const { alone } = victim
  const path = platform.linkPath
  const token = (await victim.objects.link(alone.name, { lastsSecs })).slice(path.length)
  const other = (await thief.objects.link(thief.alone.name, { lastsSecs })).slice(path.length)
  const refused = async (attack: string, changed: string): Promise<void> => {
    if (changed === token || changed === other || report.signal.aborted) return
    mustRefuse(ground, await ask(`${path}${changed}`), { attack, where: alone.label, hidden: victim.kept })
  }
  for (let at = 0; at < token.length; at += step) {
    const one = digits[(digits.indexOf(token.charAt(at)) + 1 + (at % 62)) % 64] ?? 'A'
    await refused('change a link', `${token.slice(0, at)}${one}${token.slice(at + 1)}`)
    await refused('change a link', `${token.slice(0, at)}${turned(token.charAt(at))}${token.slice(at + 1)}`)
    await refused('join two links', `${token.slice(0, at)}${other.slice(at)}`)
    await refused('join two links', `${other.slice(0, at)}${token.slice(at)}`)
    if (at % 4 === 0) await refused('cut a link', token.slice(0, at))
  }
  // What stands for no whole byte at the end of base64 must not stand for the same link.
  for (const one of digits) await refused('change a link', `${token.slice(0, -1)}${one}`)
  await refused('cut a link', token.slice(0, -1))
  for (const more of ['A', 'AAAA', '=', '==', '.', '%00', '%20', '/', '/.', ';x', '.png', token, `/${alone.name}`])
    await refused('make a link longer', `${token}${more}`)
  for (const before of ['A', '/', '%20', `${victim.objects.organization}/`])
    await refused('make a link longer', `${before}${token}`)
  await refused(
    'make a link up',
    randomBytes(Math.ceil((token.length * 3) / 4))
      .toString('base64url')
      .slice(0, token.length),
  )
  await refused(
    'make a link up',
    Buffer.from(JSON.stringify({ organization: ground.world.victim, name: alone.name })).toString('base64url'),
  )
  await refused('make a link up', alone.blobKey)
  await refused('make a link up', encodeURIComponent(alone.name))
  readLink(ground, token)
}

/** A link is seen by proxies and kept in histories: it must not say whose it is. */
function readLink({ report, victim: { alone }, mark, world }: Ground, token: string): void {
  const texts = [token, Buffer.from(token, 'base64url').toString('latin1'), decodeURIComponent(token)]
  const told = [mark, world.victim].some(word => texts.some(text => text.includes(word)))
  const where = alone.label
  if (told) report.refute({ attack: 'read a link', where, saw: 'whose it is, or its name' })
  else report.observe('read a link', where)
}

const words = [
  ...['organization', 'organization_id', 'organizationId', 'org', 'tenant', 'tenant_id', 'account', 'owner', 'user'],
  ...['name', 'object', 'key', 'path', 'file', 'id', 'blob', 'prefix', 'version', 'link', 'token', 'expires'],
]

/** The thief’s own link, with words around it that name what is another’s. */
export async function pointElsewhere({ ground, ask, step }: Linking): Promise<void> {
  const { thief, victim, world } = ground
  const [, twin] = thief.kept
  if (twin === undefined) throw cannotProbe('Nothing was put.')
  const targets = [world.victim, victim.alone.name, victim.alone.blobKey, thief.alone.name]
  for (const own of [twin, thief.alone]) {
    const link = await thief.objects.link(own.name, { lastsSecs })
    const only = async (attack: string, path: string, headers: Record<string, string> = {}): Promise<void> =>
      mustGiveOnly(ground, await ask(path, { headers }), { attack, where: own.label, own })
    // At the platform word by word; over HTTP, where each answer costs a visit, all words at once.
    for (const group of step === 1 ? words.map(word => [word]) : [words]) {
      for (const target of targets) {
        const value = encodeURIComponent(target)
        const query = group.map(word => `${word}=${value}`).join('&')
        await only('name something else in the address', `${link}?${query}`)
        const headers = group.map(word => [`x-${word.replaceAll('_', '-')}`, value] as const)
        await only('name something else in a header', link, Object.fromEntries(headers))
      }
      await only('name something else in a cookie', link, {
        cookie: group.map(word => `${word}=${world.victim}`).join('; '),
      })
    }
    await only('name something else in the address', `${link}/${encodeURIComponent(victim.alone.name)}`)
    await only('name something else in a header', link, {
      authorization: `Bearer ${world.victim}`,
      'x-original-url': `/objects/${victim.alone.blobKey}`,
      'x-forwarded-host': `${world.victim}.example`,
    })
  }
}

/** Links that the thief may ask for, for what is not the thief’s. */
export async function askForLinks({ ground, ask }: Linking): Promise<void> {
  const { thief, victim, world } = ground
  const { alone } = victim
  const where = alone.label
  const odd = { lastsSecs, organization: world.victim }
  const wishes: readonly (readonly [attack: string, made: () => Promise<string>])[] = [
    ['link to a name of another organization', () => thief.objects.link(alone.name, { lastsSecs })],
    ['link to a key of another organization', () => thief.objects.link(alone.blobKey, { lastsSecs })],
    ['link to a path of another organization', () => thief.objects.link(`../${alone.blobKey}`, { lastsSecs })],
    ['ask for a link with an organization', () => thief.objects.link(alone.name, odd)],
    [
      'ask for a link with a version',
      () => thief.objects.link(alone.name, { lastsSecs, version: alone.facts.version }),
    ],
    ...victim.kept
      .slice(0, -1)
      .map(
        ({ name, facts: { version } }) =>
          [
            'link to one’s own with a version of another’s',
            () => thief.objects.link(name, { lastsSecs, version }),
          ] as const,
      ),
  ]
  for (const [attack, made] of wishes) {
    const link = await attempted(made)
    if (!link.done) ground.report.observe(attack, where)
    else mustRefuse(ground, await ask(link.value), { attack, where, hidden: victim.kept })
  }
  for (const secs of [0, -1, 8 * 24 * 3600, Number.MAX_SAFE_INTEGER, Infinity, Number.NaN]) {
    const link = await attempted(() => victim.objects.link(alone.name, { lastsSecs: secs }))
    if (link.done) ground.report.refute({ attack: 'ask for a link without an end', where, saw: 'it was made' })
    else ground.report.observe('ask for a link without an end', where)
  }
}

/** A link outlives neither its time nor its object, and lets nothing be done but read. */
export async function outlive({ ground, ask }: Linking): Promise<void> {
  const { victim, world, hand, mark } = ground
  const before = world.open({
    connectionsMax: 1,
    bend: { ...hand.bend, clock: honest => ({ ...honest, now: () => new Date(honest.now().getTime() - agoMs) }) },
  })
  try {
    const objects = before.objects.of(world.victim)
    for (const { name, label: where, content } of victim.kept.slice(0, 4)) {
      const lasting = await ask(await objects.link(name, { lastsSecs: 3 * 3600 }))
      if (!lasting.body.equals(content))
        throw cannotProbe('A link that was made two hours ago, for three, does not open.')
      for (const secs of [60, 3600, 7_199]) {
        const answer = await ask(await objects.link(name, { lastsSecs: secs }))
        mustRefuse(ground, answer, { attack: 'use a link after its time', where, hidden: victim.kept })
      }
    }
  } finally {
    await before.close()
  }
  const put = putting(hand)
  const name = `${mark}/for a while`
  const gone = await put(victim.objects, 'an object for a while', name, randomBytes(400))
  const link = await victim.objects.link(name, { lastsSecs })
  const exact = await victim.objects.link(name, { lastsSecs, version: gone.facts.version })
  await victim.objects.remove(name)
  for (const one of [link, exact])
    mustRefuse(ground, await ask(one), { attack: 'use a link after its object', where: gone.label, hidden: [gone] })
  const next = await put(victim.objects, gone.label, name, randomBytes(400))
  const answer = await ask(exact)
  mustRefuse(ground, answer, {
    attack: 'use a link for what came after its object',
    where: gone.label,
    hidden: [gone, next],
  })
  await victim.objects.remove(name)
}

const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'COPY', 'MOVE']

/** A link reads, and reads no more than it was made for. */
export async function useOtherwise({ ground, ask }: Linking): Promise<void> {
  const { victim, report } = ground
  const large = victim.kept.find(({ content }) => content.length > 32_768)
  if (large === undefined) throw cannotProbe('Nothing large was put.')
  const still = async (attack: string, one: Kept): Promise<void> => {
    const link = await victim.objects.link(one.name, { lastsSecs })
    const { body } = await ask(link)
    if (!body.equals(one.content)) report.refute({ attack, where: one.label, saw: 'the object is not what it was' })
  }
  const link = await victim.objects.link(large.name, { lastsSecs })
  const where = large.label
  for (const method of methods) {
    const attack = `use a link to ${method}`
    mustRefuse(ground, await ask(link, { method }), { attack, where, hidden: victim.kept })
    await ask(link, { headers: { 'x-http-method-override': method, 'x-http-method': method } })
    await still(attack, large)
  }
  const head = await ask(link, { method: 'HEAD' })
  if (head.body.length > 0) report.refute({ attack: 'use a link to HEAD', where, saw: 'the content' })
  else report.observe('use a link to HEAD', where)
  const range = { start: 16_380, end: 16_390 }
  const narrow = await victim.objects.link(large.name, { lastsSecs, range })
  const within = large.content.subarray(range.start, range.end)
  const control = await ask(narrow)
  const attack = 'read beyond the part of a link'
  const asked = ['0-100', '-500', '0-', '5-', '9-9', '10-20', '16380-16400', '0-0,5-6', '00-99999999999999999999']
  for (const one of ['', ...asked]) {
    const answer = one === '' ? control : await ask(narrow, { headers: { range: `bytes=${one}` } })
    if (answer.status < 300 && (answer.body.length > within.length || !within.includes(answer.body)))
      report.refute({ attack, where, saw: `${answer.body.length} bytes` })
    else report.observe(attack, where)
  }
  const looked = await ask(narrow, { method: 'HEAD' })
  if (looked.status < 300 && looked.length !== String(within.length))
    report.refute({ attack, where, saw: 'the length of all' })
}
