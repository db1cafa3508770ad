import { concat, decimal, fromBase64, hex, refusal, sha256, textOf, utf8 } from './bytes.js'

// Signed notes, checkpoints and cosignatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature; Ed25519 by WebCrypto.

/** @typedef {import('./bytes.js').Bytes} Bytes */
/** @typedef {{ name: string, id: string, encoded: string, type: number, raw: Bytes }} Key */
/** @typedef {{ name: string, id: string, bytes: Bytes }} Signature */
/** @typedef {{ text: string, signatures: Signature[] }} Note */
/** @typedef {{ origin: string, size: number, root: Bytes }} Head */

const nameForm = /^[^\s\u0085+\u0000-\u001f\u007f]+$/u
const notesMax = 1_000_000
const signaturesMax = 100

/** @param {string} name */
const isName = name => name.length <= 255 && nameForm.test(name) && name.isWellFormed()

/** A verifier key of type 1 (signs notes) or 4 (cosigns heads). @param {string} text @param {number} type @returns {Promise<Key>} */
export async function parseKey(text, type) {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  const [name, id] = [text.slice(0, Math.max(first, 0)), text.slice(first + 1, Math.max(second, 0))]
  const material = second < 0 ? undefined : fromBase64(text.slice(second + 1))
  if (!isName(name) || material?.length !== 33 || material[0] !== type) {
    throw refusal('transparency.bad_key', 'This is not a key in the signed-note form.')
  }
  const digest = await sha256(concat([utf8(`${name}\n`), material]))
  if (hex(digest.subarray(0, 4)) !== id) throw refusal('transparency.bad_key', 'The key and its id differ.')
  return { name, id, encoded: text, type, raw: material.slice(1) }
}

/** @param {Bytes} bytes */
export function noteText(bytes) {
  const text = bytes.length > notesMax ? undefined : textOf(bytes)
  if (text === undefined) throw refusal('transparency.bad_note', 'This is not a signed note.')
  return text
}

/** @param {string} note @returns {Note} */
export function parseNote(note) {
  const cut = note.lastIndexOf('\n\n')
  const whole = note.length <= notesMax && note.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(note)
  if (!whole || cut < 0 || !note.endsWith('\n')) throw refusal('transparency.bad_note', 'This is not a signed note.')
  const lines = note.slice(cut + 2, -1).split('\n')
  if (lines.length > signaturesMax) throw refusal('transparency.bad_note', 'It has too many signatures.')
  return { text: note.slice(0, cut + 1), signatures: lines.map(line => parseSignature(line)) }
}

/** @param {string} line @returns {Signature} */
function parseSignature(line) {
  const [mark, name = '', encoded = '', ...rest] = line.split(' ')
  const bytes = fromBase64(encoded)
  if (mark !== '\u2014' || rest.length > 0 || !isName(name) || bytes === undefined || bytes.length <= 4) {
    throw refusal('transparency.bad_note', 'A signature line is not well formed.')
  }
  return { name, id: hex(bytes.subarray(0, 4)), bytes: bytes.slice(4) }
}

/** @param {Key} key @param {Bytes} signature @param {string} text */
async function signed({ raw }, signature, text) {
  const key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify'])
  return crypto.subtle.verify({ name: 'Ed25519' }, key, signature, utf8(text))
}

/**
 * The head that this log has signed.
 * @param {string} note
 * @param {Key} key
 * @returns {Promise<Head & { extensions: string[], count: number }>}
 */
export async function openCheckpoint(note, key) {
  const { text, signatures } = parseNote(note)
  const own = signatures.filter(({ name, id }) => name === key.name && id === key.id)
  if (own.length === 0) throw refusal('transparency.unknown_key', 'This was not signed with the expected key.')
  for (const { bytes } of own) {
    if (bytes.length !== 64 || !(await signed(key, bytes, text))) {
      throw refusal('transparency.bad_signature', 'The signature does not belong to this text.')
    }
  }
  const head = parseCheckpoint(text)
  if (head.origin !== key.name) throw refusal('transparency.other_origin', 'This checkpoint belongs to another log.')
  return { ...head, count: signatures.length }
}

/** @param {string} text */
function parseCheckpoint(text) {
  const [origin = '', sizeText = '', rootText = '', ...extensions] = text.slice(0, -1).split('\n')
  const [size, root] = [decimal(sizeText), fromBase64(rootText)]
  if (origin === '' || extensions.includes('') || size === undefined || root?.length !== 32) {
    throw refusal('transparency.bad_checkpoint', 'This is not a checkpoint of a log.')
  }
  return { origin, size, root, extensions }
}

/** @typedef {{ witness: Key, atSecs: number }} Cosignature */

/**
 * What these witnesses signed under a checkpoint: of each the newest.
 * @param {string} note
 * @param {readonly Key[]} witnesses
 * @returns {Promise<Cosignature[]>}
 */
export async function cosignaturesOf(note, witnesses) {
  const { text, signatures } = parseNote(note)
  /** @type {Map<string, Cosignature>} */
  const newest = new Map()
  for (const { name, id, bytes } of signatures) {
    const witness = witnesses.find(one => one.name === name && one.id === id)
    if (witness === undefined) continue
    const secs = bytes.length === 72 ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : 0n
    const good = secs > 0n && secs <= 8_640_000_000_000n
    if (!good || !(await signed(witness, bytes.slice(8), `cosignature/v1\ntime ${secs}\n${text}`))) {
      throw refusal('transparency.bad_signature', `It bears the name ${name}.`)
    }
    const before = newest.get(witness.encoded)
    if (before === undefined || before.atSecs < Number(secs))
      newest.set(witness.encoded, { witness, atSecs: Number(secs) })
  }
  return [...newest.values()]
}
