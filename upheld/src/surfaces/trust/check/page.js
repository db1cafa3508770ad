import { refusal, textOf } from './bytes.js'
import { checkAudit } from './audit.js'
import { checkEvidenceFile, checkEvidenceLog } from './evidence.js'
import { compared, lastSeen, remember } from './memory.js'

// What the page does with the checks: one line for each step, in words.

/** @typedef {{ origin: string, key: string, keys?: import('./keys.js').SigningKey[], size: number, root: string, checkpoint: string, rootAt: (size: number) => Promise<string | undefined> }} Checked */
/** @typedef {'holds' | 'note' | 'broken'} Kind */
/** @typedef {Awaited<ReturnType<typeof checkAudit>>} Audit */

const words = { holds: ['good', 'holds'], note: ['warn', 'note'], broken: ['bad', 'broken'] }
const evidencePath = '/security/evidence/'
const number = new Intl.NumberFormat('en')

/** @param {string} id */
function part(id) {
  const found = document.getElementById(id)
  if (found === null) throw refusal('page.incomplete', id)
  return found
}

const [results, status] = [part('results'), part('status')]
const bar = document.createElement('progress')
bar.className = 'bar'
bar.max = 1

/** @param {Kind} kind @param {string} says @param {string} [more] */
function line(kind, says, more) {
  const item = document.createElement('li')
  const badge = document.createElement('span')
  const [color = '', word = ''] = words[kind]
  badge.className = `badge ${color}`
  badge.textContent = word
  const text = document.createElement('p')
  text.textContent = says
  item.append(badge, text)
  if (more !== undefined) {
    const code = document.createElement('code')
    code.textContent = more
    text.append(' ', code)
  }
  results.append(item)
}

/** @param {string} what @param {() => Promise<void>} work */
async function checking(what, work) {
  results.replaceChildren()
  status.dataset['state'] = 'checking'
  status.textContent = `Checking ${what}…`
  bar.value = 0
  bar.setAttribute('aria-label', `Checking ${what}`)
  status.append(bar)
  lock(true)
  try {
    await work()
    lock(false)
    status.textContent = `${what}: every step holds.`
    status.dataset['state'] = 'held'
  } catch (thrown) {
    lock(false)
    const says = thrown instanceof Error ? thrown.message : String(thrown)
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'page.failed'
    line('broken', says, code)
    status.textContent = `${what} does not hold. Believe nothing that it says.`
    status.dataset['state'] = 'broken'
  }
}

/** @param {boolean} busy */
function lock(busy) {
  for (const one of document.querySelectorAll('input, button')) {
    if (one instanceof HTMLInputElement || one instanceof HTMLButtonElement) one.disabled = busy
  }
}

/** @param {number} done */
const progress = done => {
  bar.value = done
}

/** Steps that every log has. @param {Checked} log @param {string} what */
async function common(log, what) {
  line('holds', `The signature on the head of ${log.origin} opens with the key`, log.key)
  line('note', 'This key came with what you are checking. Compare it with the one that you were given on another way.')
  line('holds', `All ${number.format(log.size)} ${what}, and no others, give the signed root`, log.root)
  await consistency(log)
}

/** @param {Checked} log */
async function consistency(log) {
  const seen = lastSeen(localStorage, log.origin)
  const found = await compared(seen, log)
  const before = seen === undefined ? '' : `${number.format(seen.size)} entries on ${seen.at.slice(0, 10)}`
  switch (found) {
    case 'other_key':
      throw refusal(
        'bundle.not_pinned',
        `This log was signed with another key when this browser saw it last (${before}).`,
      )
    case 'retired':
      throw refusal(
        'bundle.key_retired',
        `This browser saw a head (${before}) under a key that had been replaced by then: somebody else has signed it.`,
      )
    case 'shorter':
      throw refusal('bundle.rolled_back', `This browser has seen ${before}: entries were taken away.`)
    case 'forked':
      throw refusal(
        'bundle.forked',
        `The entries are not those that this browser saw (${before}): the past was rewritten.`,
      )
    case 'continues':
      line('holds', `It continues what this browser saw last: ${before}. Nothing of that was changed.`)
      break
    case 'first':
      line('note', 'This browser has not seen this log before. It remembers this head, and compares the next time.')
  }
  const kept = remember(localStorage, log.origin, {
    key: log.key,
    size: log.size,
    root: log.root,
    at: new Date(performance.timeOrigin + performance.now()).toISOString(),
  })
  if (!kept) line('note', 'This browser keeps nothing for this page, so nothing can be compared the next time.')
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
  if (!answer.ok) throw refusal('verify.unreachable', `${path} is not served (${answer.status}).`)
  return new Uint8Array(await answer.arrayBuffer())
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
    void checking('The evidence log of this site', async () =>
      common(await checkEvidenceLog(fetched, progress), 'entries'),
    )
  })
  part('tools').hidden = false
  status.textContent = 'Nothing was checked yet. Nothing that you choose leaves this browser.'
}

void start()
