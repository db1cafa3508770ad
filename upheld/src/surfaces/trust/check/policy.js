import { hex, refusal, sha256, textOf } from './bytes.js'
import { parseKey } from './note.js'

// C2SP tlog-policy. Octets are read one character each; the policies of bundles are short.

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {import('./note.js').Key} Key */
/** @typedef {(cosigned: ReadonlySet<string>) => boolean} Rule */
/** @typedef {{ logs: Key[], witnesses: Key[], isQuorum: Rule, fingerprint: string }} Policy */

/** @param {string} says */
const bad = says => refusal('transparency.bad_policy', says)

/** @param {Bytes} bytes @returns {Promise<Policy>} */
export async function parsePolicy(bytes) {
  let octets = ''
  for (const byte of bytes) octets += String.fromCharCode(byte)
  if (bytes.length > 256 * 1024 || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(octets)) throw bad('Only printable text.')
  if (octets !== '' && !octets.endsWith('\n')) throw bad('The last line has no newline.')
  const draft = {
    logs: /** @type {Key[]} */ ([]),
    witnesses: /** @type {Key[]} */ ([]),
    rules: /** @type {Map<string, Rule>} */ (new Map()),
    once: /** @type {Set<string>} */ (new Set()),
    quorum: /** @type {string[]} */ ([]),
  }
  for (const line of octets.split('\n')) {
    const [kind, ...words] = line.split(/[ \t]+/).filter(word => word !== '')
    if (kind === undefined || kind.startsWith('#')) continue
    await takeLine(draft, kind, words)
  }
  const [quorum] = draft.quorum
  if (quorum === undefined || draft.quorum.length > 1) throw bad('Expected one quorum line.')
  const rule = draft.rules.get(quorum) ?? (() => true)
  const fingerprint = `sha256:${hex(await sha256(bytes))}`
  return { logs: draft.logs, witnesses: draft.witnesses, isQuorum: rule, fingerprint }
}

/** @typedef {{ logs: Key[], witnesses: Key[], rules: Map<string, Rule>, once: Set<string>, quorum: string[] }} Draft */

/** @param {Draft} draft @param {string} kind @param {string[]} words */
async function takeLine(draft, kind, words) {
  switch (kind) {
    case 'log':
      if (words.length > 2) throw bad('Expected log <vkey> [<url>].')
      draft.logs.push(await keyOnce(draft, 'log', words[0] ?? '', 1))
      return
    case 'witness':
      if (words.length > 3) throw bad('Expected witness <name> <vkey> [<url>].')
      return takeWitness(draft, words[0] ?? '', await keyOnce(draft, 'witness', words[1] ?? '', 4))
    case 'group':
      return takeGroup(draft, words)
    case 'quorum':
      if (words.length !== 1 || (words[0] !== 'none' && !draft.rules.has(words[0] ?? '')))
        throw bad('Expected quorum <name>.')
      draft.quorum.push(words[0] ?? '')
      return
    default:
      throw bad('A line begins with none of log, witness, group and quorum.')
  }
}

/** @param {Draft} draft @param {string} name @param {Key} key */
function takeWitness(draft, name, key) {
  define(draft, name, cosigned => cosigned.has(key.encoded))
  draft.witnesses.push(key)
}

/** @param {Draft} draft @param {string[]} words */
function takeGroup(draft, [name = '', threshold = '', ...members]) {
  const rules = members.flatMap(member => draft.rules.get(member) ?? [])
  const least = threshold === 'any' ? 1 : threshold === 'all' ? members.length : Number(threshold)
  const whole = members.length > 0 && rules.length === members.length && /^(?:any|all|[1-9][0-9]{0,3})$/.test(threshold)
  if (!whole || least > members.length) throw bad('Expected group <name> all|any|<k> <name>...')
  for (const member of members) once(draft, `member ${member}`)
  define(draft, name, cosigned => rules.filter(rule => rule(cosigned)).length >= least)
}

/** @param {Draft} draft @param {string} name @param {Rule} rule */
function define({ rules }, name, rule) {
  if (name === '' || name === 'none' || rules.has(name)) throw bad('A name is taken.')
  rules.set(name, rule)
}

/** @param {Draft} draft @param {string} kind @param {string} octets @param {number} type */
async function keyOnce(draft, kind, octets, type) {
  const text = textOf(Uint8Array.from(octets, letter => letter.charCodeAt(0))) ?? ''
  const key = await parseKey(text, type).catch(() => undefined)
  if (key === undefined) throw bad(`Expected ${kind} with its key.`)
  once(draft, `${kind} ${hex(key.raw)}`)
  return key
}

/** @param {Draft} draft @param {string} what */
function once({ once: seen }, what) {
  if (seen.has(what)) throw bad('Something is there twice.')
  seen.add(what)
}
