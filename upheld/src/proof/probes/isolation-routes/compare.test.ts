import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { difference, type Told } from './compare.ts'

function told(body: string, named = 'b', headers: Readonly<Record<string, string>> = {}, status = 404): Told {
  return { answer: { status, headers, body, tookMs: 1 }, named: [named] }
}

const ids = [
  '0a5c1f60-9d5e-4a9e-8f44-0f3f5a3d0a01',
  '7be0f7d2-6d0b-4a52-bb55-3c5f9c1c0b02',
  'c35b0b7e-1c7c-4d57-9c3c-9d0d2c8e0c03',
  'd0e1f2a3-5b6c-4d7e-8f90-a1b2c3d4e504',
]
const [one, two, theirs] = [ids[0] ?? '', ids[1] ?? '', ids[2] ?? '']

suite('what tells one answer from another', () => {
  const same: readonly (readonly [why: string, absent: readonly Told[], theirs: Told])[] = [
    [
      'the id that was asked for, echoed',
      [told(`no ${one}`, one), told(`no ${two}`, two)],
      told(`no ${theirs}`, theirs),
    ],
    [
      'the id echoed in capitals and without hyphens',
      [told(one.replaceAll('-', '').toUpperCase(), one), told(two.replaceAll('-', '').toUpperCase(), two)],
      told(theirs.replaceAll('-', '').toUpperCase(), theirs),
    ],
    ['a reference that is new each time', [told('ref 8f2c'), told('ref 1b90')], told('ref 77aa')],
    ['a clock that ticks in between', [told('at 10:00:59'), told('at 10:01:00')], told('at 10:01:00')],
    ['a header that comes and goes', [told('', 'b', { via: 'a' }), told('')], told('')],
    ['answers of varying length', [told('<p>x</p>'), told('<p>x y z</p>')], told('<p>x q</p>')],
    ['a connection that is closed', [told('', 'b'), told('', 'b')], told('', 'b', { connection: 'close' })],
  ]
  for (const [why, absent, given] of same)
    test(`${why}: nothing`, () => assert.equal(difference(absent, given), undefined))

  const other: readonly (readonly [why: string, absent: readonly Told[], theirs: Told, saw: RegExp])[] = [
    ['another status', [told('no'), told('no')], told('no', 'b', {}, 403), /^status 403 and not 404$/],
    ['one letter more', [told('no'), told('no')], told('no '), /^a body of 3/],
    ['one letter less', [told('no'), told('no')], told('n'), /^a body of 1/],
    ['another word', [told('not here'), told('not here')], told('not ours'), /another body/],
    ['a header more', [told('no'), told('no')], told('no', 'b', { etag: 'x' }), /a header etag/],
    ['a header less', [told('', 'b', { vary: 'a' }), told('', 'b', { vary: 'a' })], told(''), /no header vary/],
    [
      'another id than the one that was asked for',
      [told(one, one), told(two, two)],
      told(ids[3] ?? '', theirs),
      /body/,
    ],
    ['the length of a body that is not sent', [length('12'), length('12')], length('13'), /content-length/],
    ['a word where a number changes by itself', [told('n: 1, of 9'), told('n: 2, of 9')], told('n: 3, of 8'), /body/],
    ['a frame that is not kept', [told('<p>x</p>'), told('<p>x y z</p>')], told('<b>q r</b>'), /body/],
  ]
  for (const [why, absent, given, saw] of other)
    test(`${why}: told`, () => assert.match(difference(absent, given) ?? 'nothing', saw))
})

function length(bytes: string): Told {
  return told('', 'b', { 'content-length': bytes })
}
