import { refusal } from './bytes.js'

// One line for each step, in words; and, when one does not hold, what that means and what to do.

/** @typedef {'holds' | 'note' | 'broken'} Kind */

const words = { holds: ['good', 'holds'], note: ['warn', 'note'], broken: ['bad', 'broken'] }

/** Which finding a refusal is; its words stand in the page, for everybody. */
const findings = new Map([
  ['bundle.not_pinned', 'key-change'],
  ['bundle.key_retired', 'stolen-key'],
  ['page.two_heads', 'stolen-key'],
  ['bundle.forked', 'fork'],
  ['bundle.rolled_back', 'rollback'],
  ['page.replayed', 'replay'],
  ['verify.cut', 'truncation'],
  ['bundle.bad_archive', 'truncation'],
  ['page.contradiction', 'contradiction'],
  ['verify.unreachable', 'unserved'],
  ['verify.altered', 'altered'],
  ['bundle.altered', 'altered'],
  ['transparency.bad_signature', 'altered'],
  ['transparency.unknown_key', 'altered'],
])

/** @param {string} id */
export function part(id) {
  const found = document.getElementById(id)
  if (found === null) throw refusal('page.incomplete', id)
  return found
}

export const status = part('status')
const [results, finding] = [part('results'), part('finding')]
const bar = document.createElement('progress')
bar.className = 'bar'
bar.max = 1

/** @param {Kind} kind @param {string} says @param {string} [more] */
export function line(kind, says, more) {
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
export async function checking(what, work) {
  results.replaceChildren()
  finding.replaceChildren()
  finding.hidden = true
  delete status.dataset['finding']
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
    explain(code, thrown)
    status.textContent = `${what} does not hold. Believe nothing that it says.`
    status.dataset['state'] = 'broken'
  }
}

/** What the page says of such a finding below is said again here, where it is needed. @param {string} code @param {unknown} thrown */
function explain(code, thrown) {
  const name = findings.get(code)
  const told = name === undefined ? null : document.getElementById(`finding-${name}`)
  if (name === undefined || told === null) return
  status.dataset['finding'] = name
  const copy = told.cloneNode(true)
  if (copy instanceof HTMLElement) copy.removeAttribute('id')
  finding.append(copy)
  if (typeof thrown === 'object' && thrown !== null && 'pair' in thrown) finding.append(download(String(thrown.pair)))
  finding.hidden = false
}

/** Both heads as one file, which `upheld verify` reads and anybody believes. @param {string} pair */
function download(pair) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([pair], { type: 'application/json' }))
  link.download = 'two-heads.json'
  link.className = 'button quiet'
  link.textContent = 'Save both signed heads'
  const line = document.createElement('p')
  line.append(link)
  return line
}

/** @param {boolean} busy */
function lock(busy) {
  for (const one of document.querySelectorAll('input, button')) {
    if (one instanceof HTMLInputElement || one instanceof HTMLButtonElement) one.disabled = busy
  }
}

/** @param {number} done */
export const progress = done => {
  bar.value = done
}
