import { refusal, textOf } from './bytes.js'
import { checkAudit } from './audit.js'
import { consistency, forget, nowMs, showSeen } from './consistency.js'
import { checkEvidenceFile, checkEvidenceLog } from './evidence.js'
import { lastSeen } from './memory.js'
import { differences, readFeed, readPage, sentencesApart, unseen } from './said.js'
import { checking, line, part, progress, status } from './steps.js'

// What the page does with the checks: one line for each step, in words.

/** @typedef {import('./consistency.js').Checked} Checked */
/** @typedef {Awaited<ReturnType<typeof checkAudit>>} Audit */

const evidencePath = '/security/evidence/'
const number = new Intl.NumberFormat('en')
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** Steps that every log has. @param {Checked} log @param {string} what */
async function common(log, what) {
  line('holds', `The signature on the head of ${log.origin} opens with the key`, log.key)
  line('note', 'This key came with what you are checking. Compare it with the one that you were given on another way.')
  line('holds', `All ${number.format(log.size)} ${what}, and no others, give the signed root`, log.root)
  await consistency(log)
}

/** The log of this site, and then whether its page says what that log says. */
async function checkHere() {
  const first = await checkEvidenceLog(fetched, progress)
  await common(first, 'entries')
  // A run that ends between the two makes them differ once; what differs twice is no accident.
  if ((await comparePage(first)).some(({ kind }) => kind === 'contradicts')) {
    await tellPage(await checkEvidenceLog(fetched))
  } else await tellPage(first)
}

/** @typedef {Awaited<ReturnType<typeof checkEvidenceLog>>} Log */

/** @param {Log} log */
async function comparePage(log) {
  const standings = log.standings(nowMs())
  const [shown, told] = await Promise.all([readPage(), fetchedFeed()])
  return [...differences([...shown.said, ...told.said], standings), ...sentencesApart(shown, told)]
}

/** @param {Log} log */
async function tellPage(log) {
  const standings = log.standings(nowMs())
  const [shown, told] = await Promise.all([readPage(), fetchedFeed()])
  tellAge(shown.madeAt)
  const found = [...differences([...shown.said, ...told.said], standings), ...sentencesApart(shown, told)]
  const apart = found.filter(({ kind }) => kind === 'contradicts')
  for (const { kind, claim, says } of found)
    if (kind === 'less') line('note', `It says less than the log, which is careful: ${says}.`, claim)
  for (const one of unseen(shown.said, standings))
    line('note', `The page does not show a claim that the log says is ${one.verdict} (${one.reason}):`, one.claim)
  for (const { claim, says } of apart) line('broken', `${says}.`, claim)
  if (apart.length > 0)
    throw refusal('page.contradiction', 'The page, or what it tells programs, promises more than its own log.')
  line(
    'holds',
    `The page and the feed say of ${number.format(shown.said.length)} claims nothing more than these entries do.`,
  )
}

/** How old the copy of the page is that this reader was given. @param {string | undefined} madeAt */
function tellAge(madeAt) {
  const ms = Date.parse(madeAt ?? '')
  if (Number.isNaN(ms)) {
    line('note', 'The page does not say when it was made.')
    return
  }
  const mins = Math.floor((nowMs() - ms) / 60_000)
  const words = `The page that you are given was made on ${moment.format(ms)} UTC`
  if (Math.abs(mins) < 5) line('holds', `${words}: just now, by your clock.`)
  else
    line(
      'note',
      `${words}: by your clock that is ${number.format(Math.abs(mins))} minutes ${mins > 0 ? 'ago. A copy is served, or a clock is wrong' : 'ahead. A clock is wrong'}.`,
    )
}

/** @param {Audit} audit */
function auditSteps(audit) {
  const { disclosed, erased, erasedUnlogged, minimum, anchoring, policy, keys, before } = audit
  for (const { key, from, until } of keys.slice(0, -1))
    line(
      'note',
      `Entries ${number.format(from)} to ${number.format(until ?? 0)} were signed with a former key, which handed over.`,
      key,
    )
  for (const { origin, size } of before)
    line(
      'holds',
      `It follows a log that ended when the database was turned back, with all of its ${number.format(size)} entries:`,
      origin,
    )
  if (minimum > 0)
    line('note', `The texts of the first ${number.format(minimum)} entries were pruned. They still count in the root.`)
  line(
    'holds',
    `${number.format(disclosed)} personal values are those that the entries commit to; ${number.format(erased)} were erased.`,
  )
  if (erasedUnlogged > 0)
    line('note', `Of ${number.format(erasedUnlogged)} erased values the log does not say why yet.`)
  if (anchoring === undefined) {
    line('note', 'Nothing shows that this head was anchored: another one could have been shown to somebody else.')
    return
  }
  line('holds', `Leaf ${number.format(anchoring.index)} of the anchor log has this head:`, anchoring.origin)
  for (const { witness, at } of anchoring.cosignatures)
    line('holds', `${witness} saw that log so at ${at.toISOString()}.`)
  if (anchoring.cosignatures.length === 0)
    line('note', 'Not yet witnessed: no witness has signed this head of the anchor log.')
  else if (!anchoring.hasQuorum) line('note', 'Fewer witnesses than its policy asks for have signed it so far.')
  line('note', 'The policy that names these witnesses came with the bundle. Compare its fingerprint:', policy)
}

/** @param {File} file */
async function checkFile(file) {
  const start = textOf(new Uint8Array(await file.slice(0, 12).arrayBuffer())) ?? ''
  if (start.startsWith('bundle.json')) {
    const audit = await checkAudit(file, progress)
    await common(audit, 'entries')
    auditSteps(audit)
    // A log of before that this browser knows has to be the one that it saw.
    for (const one of audit.before) if (lastSeen(localStorage, one.origin) !== undefined) await consistency(one)
    return
  }
  await common(await checkEvidenceFile(new Uint8Array(await file.arrayBuffer())), 'entries')
}

/** @param {string} path */
async function fetched(path) {
  const answer = await fetch(`${evidencePath}${path}`, { redirect: 'error', cache: 'no-cache' })
  // A file that a signed head needs and that is nowhere was cut off; one that is refused may come back.
  if (answer.status === 404) throw refusal('verify.cut', `${path} is not there.`)
  if (!answer.ok) throw refusal('verify.unreachable', `${path} is not served (${answer.status}).`)
  return new Uint8Array(await answer.arrayBuffer())
}

async function fetchedFeed() {
  const answer = await fetch('/security/feed.json', { redirect: 'error', cache: 'no-cache' })
  if (!answer.ok) throw refusal('verify.unreachable', `The feed is not served (${answer.status}).`)
  return readFeed(await answer.json())
}

/** Whether this browser has what the checks need. */
async function able() {
  try {
    await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])
    return true
  } catch {
    return false
  }
}

async function start() {
  if (!(await able())) {
    status.textContent = 'This browser cannot check Ed25519 signatures by itself. Use a newer one, or a way below.'
    return
  }
  const input = part('file')
  input.addEventListener('change', () => {
    const file = input instanceof HTMLInputElement ? input.files?.item(0) : undefined
    if (file != null) void checking(file.name, () => checkFile(file))
  })
  part('here').addEventListener('click', () => {
    void checking('The evidence log of this site', checkHere)
  })
  part('forget').addEventListener('click', forget)
  showSeen()
  part('tools').hidden = false
  status.textContent = 'Nothing was checked yet. Nothing that you choose leaves this browser.'
}

void start()
