import { cannotProbe, loginRoles, type Report, type World } from '../../claims/index.ts'
import { openSecrets, type Secrets } from '../logs-restricted/secrets.ts'
import { openCrowd, type Crowd } from '../people/crowd.ts'
import { openNeedles } from '../people/needles.ts'
import { chooseByChange, chooseByReset, importAndSignIn, signUpTwice, type Chooser } from './choosing.ts'
import { fastDigestsOf } from './digests.ts'
import { readAsLogins } from './logins.ts'
import { mustBeWhole, mustRefuseBad } from './refusals.ts'
import { searchDisks, searchOutputs, searchText, type Wanted } from './search.ts'
import { guess, mustGuess, readArgon, storedAt, weaknessesOf, type StoredHash } from './stored.ts'

/** Passwords are chosen on every way on which one can be, and then everything is read that can be. */
export async function stealPasswords(world: World, report: Report): Promise<void> {
  const { people } = world
  if (people === undefined) {
    report.population('ways to a password', 0)
    return
  }
  await mustGuess()
  const watch = await world.disk.watch()
  try {
    const mark = await world.outputs.mark()
    const crowd = await openCrowd(world, people, report.signal)
    try {
      const secrets = openSecrets()
      const wanted = await chooseAndRead(world, crowd, secrets, report)
      const mails = await crowd.readMails()
      for (const [at, mail] of mails.entries())
        await searchText(mail, 'read the mails', `mail ${at + 1}`, wanted, report)
      await searchOutputs(world.outputs, mark, wanted, report)
      await searchDisks(watch, wanted, report)
    } finally {
      await crowd.close()
    }
  } finally {
    await watch.close()
  }
}

/** Everything but the search. Gives what is then looked for. */
async function chooseAndRead(world: World, crowd: Crowd, secrets: Secrets, report: Report): Promise<Wanted> {
  const twice = await signUpTwice(crowd, secrets)
  await readStored(crowd, twice, report)
  const { chooser: changed, browser } = await chooseByChange(crowd, secrets)
  const others = [await chooseByReset(crowd, secrets), ...(await importAndSignIn(crowd, secrets))]
  const choosers = [...twice, changed, ...others]
  report.population('ways to a password', choosers.length)
  const stored = await readStored(crowd, [changed, ...others], report)
  await mustRefuseBad(crowd, browser, changed.password, report)
  await mustBeWhole(crowd, changed.email, changed.password, report)
  // A sign-in may store something again.
  await readStored(crowd, [changed], report)
  const strangers = loginRoles.filter(role => role !== 'identity')
  report.population('other logins', strangers.length)
  await readAsLogins(world, strangers, stored, report)
  const marker = { bytes: Buffer.from(crowd.domain), says: 'the addresses of this run' }
  return { secrets, looked: openNeedles([...choosers.flatMap(fastDigestsOf), marker]), marker }
}

/** Each by itself, tried with the right password, and held against the others. */
async function readStored(crowd: Crowd, choosers: readonly Chooser[], report: Report): Promise<readonly StoredHash[]> {
  const stored = await storedAt(crowd.login, crowd.domain)
  for (const { email, password, way } of choosers) {
    const own = stored.filter(one => one.email === email)
    if (own.length === 0) throw cannotProbe(`Nothing is stored of the password of ${way}.`)
    for (const { hash } of own) await judge(hash, password, way, report)
  }
  mustDiffer(stored, report)
  return stored
}

async function judge(hash: string, password: string, way: string, report: Report): Promise<void> {
  const [weakness] = weaknessesOf(hash)
  const attack = 'read the hash'
  if (weakness === undefined) report.observe(attack, way)
  else report.refute({ attack, where: way, saw: weakness })
  const argon = readArgon(hash)
  if (argon === undefined) return
  const guessing = 'guess with the table alone'
  for (const pepper of knownPeppers)
    if (await guess(argon, password.normalize('NFC'), pepper))
      return report.refute({ attack: guessing, where: way, saw: 'the right password is known as right' })
  report.observe(guessing, way)
}

/** None, and what stands in the place of one that was never made. */
const knownPeppers: readonly Uint8Array[] = [
  new Uint8Array(),
  new Uint8Array(16),
  new Uint8Array(32),
  new Uint8Array(32).fill(0xff),
  Buffer.from('pepper'),
  Buffer.from('secret'),
  Buffer.from('changeme'),
]

/** Whoever has one password is not told by another one’s hash, nor is the salt a thing of the person or the day. */
function mustDiffer(stored: readonly StoredHash[], report: Report): void {
  const read = stored.flatMap(({ hash }) => readArgon(hash) ?? [])
  const [attack, where] = ['find equal salts', 'all hashes of this run']
  const salts = new Set(read.map(({ salt }) => salt.toString('hex')))
  const keys = new Set(read.map(({ key }) => key.toString('hex')))
  if (salts.size === read.length && keys.size === read.length) report.observe(attack, where)
  else report.refute({ attack, where, saw: `${salts.size} salts in ${read.length} hashes` })
}
