import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { before, check, textsOf, wrongWith } from './sample.ts'
import { strongWords } from './strong-words.ts'

suite('a promise stronger than the population of its claim', () => {
  for (const [sentence, word] of [
    ['Every file is sealed.', 'every'],
    ['Files are all sealed.', 'all'],
    ['We never lose a file.', 'never'],
    ['Files are always sealed.', 'always'],
    ['We refuse any stranger.', 'any'],
    ['None of the files is lost.', 'none'],
    ['Files are sealed without exception.', 'without exception'],
    ['No one reads a file.', 'no one'],
    ['No-one reads a file.', 'no'],
    ['Nobody reads a file.', 'nobody'],
    ['Files are 100 % sealed.', '100 %'],
    ['Files are 100% sealed.', '100%'],
    ['We watch files 24/7.', '24/7'],
    ['Files are sealed at all times.', 'at all times'],
    ['Each file is sealed.', 'each'],
    ['Whoever asks is refused.', 'whoever'],
    ['Everything is sealed.', 'everything'],
    ['Files are completely sealed.', 'completely'],
    ['We guarantee that files stay.', 'guarantee'],
  ] as const) {
    test(sentence, () => {
      assert.deepEqual(wrongWith(`[${sentence}](claim:isolation.objects)`), [
        `9:1: "${word}" promises more than isolation.objects carries: its population is a part (files of one organization that exists for probes).`,
      ])
      assert.deepEqual(wrongWith(`[${sentence}](claim:isolation.rows)`), [], 'a claim of the whole carries it')
    })
  }

  test('plain sentences are not stronger than they are', () => {
    for (const plain of [
      'Files stay with their organization.',
      'They are no longer kept after a year.',
      'A small alloy of Anyang is called Everett.',
      'Only you can open them; we cannot.',
    ])
      assert.deepEqual(strongWords(plain), [], plain)
  })

  test('a plan has no population yet, and a statement that names none is a part', () => {
    assert.match(wrongWith('[All traffic is encrypted.](claim:tls.only)').join(), /tls\.only carries: it is planned/)
    assert.match(wrongWith('[All centers are certified.](claim:provider.certified)').join(), /has not said of what/)
  })

  test('beside a claim of the whole, one of a part still does not carry the word', () => {
    const { problems } = check(`${before}[Every file stays.](claim:isolation.rows,isolation.objects)`)
    assert.match(
      problems.map(({ says, mend }) => `${says} ${mend}`).join(),
      /isolation\.objects .* citation of their own/,
    )
  })
})

suite('a strong word in disguise', () => {
  const invisible = [
    '\u200b',
    '\u200c',
    '\u200d',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u034f',
    '\u180e',
    '\u{e0065}',
    '\u3164',
  ]
  for (const mark of invisible) {
    const name = `U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    test(`split by ${name}, which nobody sees: the place of the character is named`, () => {
      const found = wrongWith(`[Ev${mark}ery file stays.](claim:isolation.objects)`)
      assert.ok(found[1]?.startsWith(`9:4: ${name} `), found.join('\n'))
      assert.match(found[0] ?? '', /"every"/)
    })
  }

  test('split by an entity that nobody sees', () => {
    for (const entity of ['&shy;', '&#8203;', '&zwnj;', '&#x2060;']) {
      const found = wrongWith(`[Ev${entity}ery file stays.](claim:isolation.objects)`).join()
      assert.match(found, /cannot be seen/, entity)
      assert.match(found, /"every"/, entity)
    }
  })

  for (const [name, text] of [
    ['emphasis inside of it', 'Ev*er*y file stays.'],
    ['strong emphasis inside of it', 'Ev**er**y file stays.'],
    ['entities', '&#69;v&#x65;ry file stays.'],
    ['escapes', '\\Every file stays.'.replace('\\E', 'E\\').replace('\\v', 'v')],
    ['capitals', 'EVERY file stays.'],
    ['accents', 'E\u0301ve\u0300ry file stays.'],
    ['letters of mathematics', '𝐄𝐯𝐞𝐫𝐲 file stays.'],
    ['wide letters', 'Ｅｖｅｒｙ file stays.'],
    ['small capitals', 'ᴇᴠᴇʀʏ file stays.'],
  ] as const) {
    test(`by ${name}`, () => {
      assert.match(wrongWith(`[${text}](claim:isolation.objects)`).join(), /"every" promises more/)
    })
  }

  test('by homoglyphs: a mixed word is refused, and a whole one is read as what it looks like', () => {
    const mixed = wrongWith('[\u0415v\u0435ry file stays.](claim:isolation.objects)').join()
    assert.match(mixed, /"every" promises more/)
    assert.match(mixed, /letters of two alphabets/)
    assert.match(wrongWith('[\u0430\u04cf\u04cf files stay.](claim:isolation.objects)').join(), /"all" promises more/)
    assert.match(wrongWith('[AIl files stay.](claim:isolation.objects)').join(), /"all" promises more/)
    assert.match(wrongWith('[a11 files stay.](claim:isolation.objects)').join(), /"all" promises more/)
  })

  test('a claim id with a character that nobody sees, or of another alphabet, is no claim, and the right one is named', () => {
    for (const id of ['isola\u200btion.rows', 'isol\u0430tion.rows', 'isolation.rows\u200d']) {
      const { problems } = check(`${before}[Files stay.](claim:${id})`)
      const unknown = problems.find(({ says }) => says.includes('is no claim'))
      assert.equal(unknown?.mend, 'Did you mean isolation.rows?', id)
    }
  })
})

test('control characters and marks that turn the direction of text are refused where they stand', () => {
  for (const [mark, says] of [
    ['\u0000', 'U+0000 is a control character.'],
    ['\u001b', 'U+001B is a control character.'],
    ['\u0085', 'U+0085 is a control character.'],
    ['\u202e', 'U+202E turns the direction of text.'],
    ['\u2066', 'U+2066 turns the direction of text.'],
    ['\u200f', 'U+200F turns the direction of text.'],
    ['\ue000', 'U+E000 looks like whatever a font makes of it.'],
  ] as const)
    assert.deepEqual(wrongWith(`[Files${mark} stay.](claim:isolation.rows)`), [`9:7: ${says}`], says)
})

test('emoji and right-to-left text are taken as they are', () => {
  const sentences = [
    'Files stay 🔒 ❤️ 👩‍💻 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇨🇭 1️⃣ here.',
    'النسخ الاحتياطية مشفرة قبل أن تغادر خوادمنا.',
    'הגיבויים מוצפנים לפני שהם עוזבים.',
    'پشتیبان‌ها رمزگذاری می‌شوند.',
    '備份在離開之前已加密。',
    'Резервные копии шифруются.',
  ]
  const source = `${before}${sentences.map(text => `[${text}](claim:isolation.objects)`).join('\n\n')}`
  assert.deepEqual(textsOf(source).slice(1), sentences)
})
