import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { before, check, wrongWith } from './sample.ts'

// Places in a Markdown file where words can stand that look like a promise, or become one in another viewer.

const uncited = /A sentence cites no claim/

const places: readonly (readonly [name: string, source: string, says: RegExp])[] = [
  ['a heading that is a sentence', '## We encrypt your data', /"we"/],
  ['a heading with a strong word', '## All data', /"all"/],
  ['a heading with a word of protection', '## Encrypted backups', /"encrypted"/],
  ['a heading with a certificate', '## SOC 2 Type II', /"soc"/],
  ['a heading with a full stop', '## Backups. Sealed', /no sentence/],
  ['a long heading', `## ${'Backups and '.repeat(6)}`, /too long/],
  ['a heading by underline', 'Data stays yours\n---', /"stays"/],
  ['a heading with a link', '## [Backups](https://house.example)', /link is no citation/],
  ['a heading that cites', '## [Backups](claim:isolation.rows)', /heading cites nothing/],
  ['a list', '- Data is encrypted\n- Data is ours', uncited],
  ['a list in a list', '- [Files stay.](claim:isolation.rows)\n  1. Data is encrypted', uncited],
  ['a table', '| Data | is |\n|---|---|\n| safe | here |', uncited],
  ['a footnote', '[Files stay.[^1]](claim:isolation.rows)\n\n[^1]: Data is encrypted.', uncited],
  ['a short footnote, which is a definition', '[^1]: encrypted', /target stands elsewhere/],
  ['a code block by fence', '```\nData is encrypted.\n```', /block of code/],
  ['a code block by indent', '    Data is encrypted.', /block of code/],
  ['the info string of a fence', '``` all-encrypted\n```', /block of code/],
  ['inline code', '`Data is encrypted.`', uncited],
  ['a blockquote', '> Data is encrypted.', /quote that is marked as nothing/],
  ['a quote in a quote', '> > **Note:** Data.', /quote that is marked as nothing/],
  ['a note of two paragraphs', '> **Note:** One.\n>\n> Data is encrypted.', /quote that is marked as nothing/],
  ['a note with a heading', '> # All data\n> **Note:** x', /quote that is marked as nothing/],
  ['a note with a strong word', '> **Note:** We never sell data.', /note promises nothing, and "never"/],
  ['a note with a word of protection', '> **Note:** Data is encrypted.', /note promises nothing, and "encrypted"/],
  ['a note that cites', '> **Note:** [Files stay.](claim:isolation.rows)', /cites nothing/],
  ['a long note', `> **Note:** ${'words '.repeat(60)}`, /note of \d+ characters/],
  ['notes upon notes', '> **Note:** a\n\n> **Note:** b\n\n> **Note:** c', /3 notes/],
  ['an alert of another viewer', '> [!IMPORTANT]\n> Data is encrypted.', /quote that is marked as nothing/],
  ['the words of the contact', '> **Contact:** [All data is encrypted](mailto:a@b.example)', /no bare address/],
  ['words beside the contact', '> **Contact:** <mailto:a@b.example> Data is encrypted', /no bare address/],
  ['the title of a citation', '[Files stay.](claim:isolation.rows "Data is encrypted")', /title of a citation/],
  ['the title of a link in a note', '> **Note:** [x](https://a.example "Data is encrypted")', /title of a link/],
  ['alternative text', '![Data is encrypted](lock.png)', /image/],
  ['alternative text in a citation', '[Files stay. ![encrypted](l.png)](claim:isolation.rows)', /image/],
  ['a comment', '<!-- Data is encrypted -->', /comment is hidden/],
  ['a comment in a citation', '[Files <!-- encrypted --> stay.](claim:isolation.rows)', /comment is hidden/],
  ['a reference definition', '[Data]: https://a.example "Data is encrypted"', /target stands elsewhere/],
  ['a citation by reference', '[Files stay.][1]\n\n[1]: claim:isolation.rows', /target stands elsewhere/],
  ['a link beside citations', '[Data is encrypted](https://a.example)', /link is no citation/],
  ['HTML', '<p>Data is encrypted.</p>', /HTML is not taken over/],
  ['a script', '<script>alert(1)</script>', /HTML is not taken over/],
  ['HTML in a citation', '[Files <b>stay</b>.](claim:isolation.rows)', /HTML is not taken over/],
  ['a front matter', '---\ntitle: Data is encrypted\n---', /heading/],
]

suite('a promise cannot hide in', () => {
  for (const [name, source, says] of places) {
    test(name, () => assert.match(wrongWith(source).join('\n'), says))
  }
})

suite('a link leads only to https, mailto or this site', () => {
  for (const target of [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java&#x73;cript:alert(1)',
    'data:text/html,x',
    'http://house.example',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example',
    '/\\\\evil.example',
    'https://user:pass@evil.example',
    'mailto:nobody',
    'claims:isolation.rows',
  ]) {
    test(`not to ${target}`, () => assert.match(wrongWith(`> **Note:** [x](${target})`).join(), /not taken over/))
  }
  for (const target of [
    'https://house.example/a?b#c',
    'mailto:a@house.example',
    '/status',
    'status',
    '#top',
    '?a=b:c',
  ]) {
    test(`but to ${target}`, () => assert.deepEqual(wrongWith(`> **Note:** [x](${target})`), []))
  }
})

test('headings that name a topic or ask for it are let through', () => {
  for (const heading of ['Backups', 'Whose data it is', 'What we encrypt', 'How staff is kept out', 'Your account?']) {
    const rest = `## ${heading}\n\n[Files stay.](claim:isolation.objects)`
    assert.deepEqual(wrongWith(rest), [], heading)
  }
})

test('a page of which every part is in the wrong place says all of it', () => {
  const all = places.map(([, source]) => source).join('\n\n')
  assert.ok(check(`${before}${all}`).problems.length >= places.length - 3)
})
