import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCheckpoint } from './checkpoint.ts'
import {
  generateSignerKey,
  openCheckpoint,
  parseNote,
  parseSignerKey,
  parseVerifierKey,
  signCheckpoint,
} from './index.ts'
import { openNote, signNote } from './note.ts'

// The example that the signed-note specification prints.
const exampleKey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const exampleNote =
  'This is an example message.\n\n' +
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

const origin = 'northwind-desk.example/upheld/evidence'
const signer = parseSignerKey(generateSignerKey(origin))
const root = Buffer.alloc(32, 7)
const refusal = (code: string) => ({ name: 'UpheldError', code: `transparency.${code}` })

test("the specification's own note opens with its own key", () => {
  const verifier = parseVerifierKey(exampleKey)
  assert.equal(openNote(exampleNote, verifier).text, 'This is an example message.\n')
  assert.equal(verifier.encoded, exampleKey)
})

test('a checkpoint is read back as it was signed', () => {
  const checkpoint = openCheckpoint(signCheckpoint({ size: 20_852_163, root }, signer), signer.verifier)
  assert.deepEqual(checkpoint, { origin, size: 20_852_163, root, extensions: [] })
})

test('a signer key gives the same verifier after it was written and read', () => {
  const text = generateSignerKey(origin)
  const { verifier } = parseSignerKey(text)
  assert.deepEqual(parseVerifierKey(verifier.encoded).id, verifier.id)
  assert.ok(!JSON.stringify(parseSignerKey(text)).includes(text.slice(-20)), 'the secret is not on the object')
})

const badKeys: Record<string, string> = {
  'of another type': exampleKey.replace('+Aeky', '+Aukg'),
  'with another id': exampleKey.replace('530d903a', '530d903b'),
  'with an id in capitals': exampleKey.replace('530d903a', '530D903A'),
  'under another name': exampleKey.replace('foo', 'bar'),
  'with a space in its name': exampleKey.replace('foo', 'f o'),
  'without a name': exampleKey.replace('example.com/foo', ''),
  'with loose trailing bits': exampleKey.replace(/k$/, 'l'),
  'cut short': exampleKey.slice(0, -4),
  'that is empty': '',
}
for (const [what, key] of Object.entries(badKeys)) {
  test(`a key ${what} is refused`, () => assert.throws(() => parseVerifierKey(key), refusal('bad_key')))
}

test('a refused signer key does not repeat the secret', () => {
  const secret = generateSignerKey(origin)
  for (const broken of [secret.slice(0, -1), secret.slice(8), secret.replace(origin, 'other.example')]) {
    assert.throws(
      () => parseSignerKey(broken),
      (error: Error) => !error.message.includes(secret.slice(-30, -5)),
    )
  }
})

const line = (note: string): string => note.slice(note.indexOf('\n\n') + 2)
const badNotes: Record<string, string> = {
  'without a signature': 'text\n\n',
  'without the empty line': exampleNote.replace('\n\n', '\n'),
  'without its last newline': exampleNote.slice(0, -1),
  'with carriage returns': exampleNote.replaceAll('\n', '\r\n'),
  'with a control character': exampleNote.replace('example m', 'example\u0000m'),
  'with a lone surrogate': exampleNote.replace('example m', 'example\ud800m'),
  'with a hyphen for the dash': exampleNote.replace('—', '-'),
  'with two spaces': exampleNote.replace('— ', '—  '),
  'with loose trailing bits in its signature': exampleNote.replace('aQM=', 'aQN='),
  'without padding': exampleNote.replace('aQM=', 'aQM'),
  'with url-safe base64': exampleNote.replace('/foo Uw2QOkn8', '/foo Uw2QOkn_'),
  'with more signatures than anybody needs': exampleNote + line(exampleNote).repeat(100),
}
for (const [what, note] of Object.entries(badNotes)) {
  test(`a note ${what} is refused`, () => assert.throws(() => parseNote(note), refusal('bad_note')))
}

test('signatures of unknown keys are passed over, a false one of the known key is not', () => {
  const other = parseSignerKey(generateSignerKey(origin))
  const note = signNote('text\n', signer)
  const twice = note + line(signNote('text\n', other))
  assert.equal(openNote(twice, signer.verifier).signatures.length, 2)
  assert.throws(() => openNote(note, other.verifier), refusal('unknown_key'))
  assert.throws(() => openNote(note + line(signNote('other\n', signer)), signer.verifier), refusal('bad_signature'))
  assert.throws(() => openNote(note.replace('text', 'test'), signer.verifier), refusal('bad_signature'))
})

test('a checkpoint of one log is not taken for that of another', () => {
  const note = signNote(`other.example/log\n1\n${root.toString('base64')}\n`, signer)
  assert.throws(() => openCheckpoint(note, signer.verifier), refusal('other_origin'))
})

const head = `${origin}\n12\n${root.toString('base64')}\n`
const badHeads: Record<string, string> = {
  'whose size has a leading zero': head.replace('12', '012'),
  'whose size has a sign': head.replace('12', '+12'),
  'whose size is no exact number': head.replace('12', '9007199254740993'),
  'without an origin': head.replace(origin, ''),
  'with a short root': head.replace('Bwc', ''),
  'with an empty extension line': `${head}\nx\n`,
  'cut short': head.slice(0, 30),
}
for (const [what, text] of Object.entries(badHeads)) {
  test(`a checkpoint ${what} is refused`, () => assert.throws(() => parseCheckpoint(text), refusal('bad_checkpoint')))
}
