import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { buildPage } from './index.ts'
import { before, check, sampleClaims, textsOf, wrongWith } from './sample.ts'

const uncited = 'A sentence cites no claim.'

test('a sound page is built as its source says it', () => {
  const { page, problems, heldBack } = check(
    `${before}- [Names and *addresses*\n  stay where they are.](claim:isolation.rows,provider.certified)\n\n> **Note:** See [our status](https://status.house.example) and <mailto:a@house.example>.\n`,
  )
  assert.deepEqual([problems, heldBack], [[], []])
  assert.equal(page.title, 'Security at a House')
  assert.equal(page.contact, 'mailto:security@house.example')
  assert.ok(page.lede.length > 0)
  assert.deepEqual(page.sections, [
    {
      title: 'Whose data it is',
      sentences: [
        { text: 'Rows stay with their organization.', claims: ['isolation.rows'] },
        { text: 'Names and addresses stay where they are.', claims: ['isolation.rows', 'provider.certified'] },
      ],
      notes: [
        [
          { text: 'See ' },
          { text: 'our status', href: 'https://status.house.example' },
          { text: ' and ' },
          { text: 'mailto:a@house.example', href: 'mailto:a@house.example' },
          { text: '.' },
        ],
      ],
    },
  ])
})

suite('citations', () => {
  test('a sentence without a claim is named with its place and its mend', () => {
    const { problems } = check(`${before}We take security seriously.`)
    assert.equal(problems.length, 1)
    const [problem] = problems
    assert.deepEqual([problem?.line, problem?.column, problem?.says], [9, 1, uncited])
    assert.match(problem?.mend ?? '', /\[sentence\]\(claim:isolation\.rows\)/)
  })

  test('a sentence without a claim beside one with a claim is found where it begins', () => {
    assert.deepEqual(wrongWith('[Files stay.](claim:isolation.rows) And names do.'), [`9:37: ${uncited}`])
    assert.deepEqual(wrongWith('[Files stay.](claim:isolation.rows)\nAnd *names* do.'), [`10:1: ${uncited}`])
  })

  test('a claim that nobody knows is refused, and the nearest one is named', () => {
    const { problems } = check(`${before}[Files stay.](claim:isolation.rowz)`)
    assert.deepEqual(problems, [
      { line: 9, column: 1, says: '"isolation.rowz" is no claim.', mend: 'Did you mean isolation.rows?' },
    ])
    assert.deepEqual(wrongWith('[Files stay.](claim:isolation.rows,provider.certifed)'), [
      '9:1: "provider.certifed" is no claim.',
    ])
  })

  test('citations that name nothing, the same twice, or are not written so', () => {
    assert.deepEqual(wrongWith('[Files stay.](claim:)'), ['9:1: A citation names no claim.'])
    assert.deepEqual(wrongWith('[Files stay.](claim:isolation.rows,isolation.rows)'), [
      '9:1: isolation.rows is cited twice by one sentence.',
    ])
    assert.match(wrongWith('[Files stay.](CLAIM:isolation.rows)').join(), /9:1: .*small letters/)
    assert.match(wrongWith('[](claim:isolation.rows)').join(), /9:1: A citation holds no words/)
    assert.match(wrongWith('[🔒](claim:isolation.rows)').join(), /9:1: A citation holds no words/)
    assert.match(wrongWith(`[${'word '.repeat(130)}](claim:isolation.rows)`).join(), /9:1: .* too long/)
  })

  test('the same sentence twice is refused, also with other spaces, letters or marks', () => {
    for (const again of ['Rows stay with their organization.', 'ROWS **stay**  with their organization.']) {
      assert.deepEqual(wrongWith(`[${again}](claim:isolation.objects)`), ['9:1: This says the same as line 7.'])
    }
  })

  test('two sentences in one citation are one promise: one text, and a strong word of either counts', () => {
    const two = 'Files stay here. Names stay too.'
    assert.deepEqual(textsOf(`${before}[${two}](claim:isolation.objects)`)[1], two)
    assert.match(wrongWith('[Files stay here. Nobody moves them.](claim:isolation.objects)').join(), /"nobody"/)
  })

  test('a sentence that spans lines, and one with nested emphasis, is one line of plain words', () => {
    assert.deepEqual(
      textsOf(`${before}[Files *stay **where**\nthey* are,  and \`names\`  \ntoo.](claim:isolation.rows)`),
      ['Rows stay with their organization.', 'Files stay where they are, and names too.'],
    )
    assert.match(wrongWith('*[Files stay.](claim:isolation.rows)*').join(), /9:2: A citation stands inside of emphasis/)
  })

  test('a sentence on a plan waits: it is no promise, and its heading says nothing by itself', () => {
    const { page, problems, heldBack } = check(
      `${before}## Wires\n\n[Traffic is encrypted.](claim:isolation.rows,tls.only)\n`,
    )
    assert.deepEqual(problems, [])
    assert.deepEqual(heldBack, [{ line: 11, column: 1, text: 'Traffic is encrypted.', planned: ['tls.only'] }])
    assert.deepEqual(
      page.sections.map(({ title }) => title),
      ['Whose data it is'],
    )
    assert.doesNotMatch(JSON.stringify(page), /Traffic/)
  })
})

suite('a page is built or it is not', () => {
  test('every problem is told at once, with file, line, column and mend', () => {
    const source = Buffer.from(`${before}Trust us.\n\n[Files stay.](claim:isolation.rowz)\n\n<b>x</b>\n`)
    assert.throws(() => buildPage('security.md', source, sampleClaims), {
      code: 'page.bad_page',
      detail: [
        '',
        'security.md:9:1: A sentence cites no claim. Put it in brackets and cite one, [sentence](claim:isolation.rows), or take it out.',
        'security.md:11:1: "isolation.rowz" is no claim. Did you mean isolation.rows?',
        'security.md:13:1: HTML is not taken over. Write it as Markdown, or take it out.',
        'security.md:13:4: A sentence cites no claim. Put it in brackets and cite one, [sentence](claim:isolation.rows), or take it out.',
        'security.md:13:5: HTML is not taken over. Write it as Markdown, or take it out.',
      ].join('\n'),
    })
    assert.equal(buildPage('security.md', Buffer.from(before), sampleClaims).sections.length, 1)
  })

  test('a page needs a title, a contact and a promise, and each but once', () => {
    const says = (source: string): string =>
      check(source)
        .problems.map(one => one.says)
        .join(' ')
    assert.match(says('## Part\n\n[Rows stay.](claim:isolation.rows)'), /no title.*no contact/)
    assert.match(says('# Title'), /no contact.*promises nothing/)
    assert.match(says(`${before}# Another`), /second title/)
    assert.match(says(`${before}> **Contact:** <mailto:b@house.example>`), /second contact/)
    assert.match(says(`${before}## Empty`), /Nothing is promised under "Empty"/)
    assert.match(says(`${before}### Deeper`), /below a section/)
    assert.match(says('# T\n\n[Rows stay.](claim:isolation.rows)'), /above the first section/)
    assert.match(says('# T\n\n> **Note:** words'), /above the first section/)
  })
})
