/** A character that a reader does not see, or that makes text look like another. */
interface OddCharacter {
  readonly offset: number
  readonly says: string
}

// Whole emoji are taken first: the joiners and selectors inside of them belong to what a reader sees.
const pieces = /\p{RGI_Emoji}|(?<odd>(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}])/gv
/** Scripts whose spelling needs the joiner and the non-joiner (Unicode Standard, sections 9.2 and 12.1). */
const joined =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}]/v
const direction = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/**
 * Every character that may not stand in a source: controls, marks that turn the direction of text (right-to-left text
 * needs none), and what takes no place, which would hide a word from whoever checks it. Emoji are let through whole.
 */
export function oddCharacters(text: string): readonly OddCharacter[] {
  return [...text.matchAll(pieces)].flatMap(({ groups, index }) => {
    const found = groups?.['odd']
    if (found === undefined || isJoiner(text, index, found)) return []
    const name = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    return [{ offset: index, says: `${name} ${why(found)}` }]
  })
}

function isJoiner(text: string, index: number, found: string): boolean {
  if (found !== '\u200c' && found !== '\u200d') return false
  return joined.test(text.charAt(index - 1)) && joined.test(text.charAt(index + 1))
}

function why(found: string): string {
  if (direction.test(found)) return 'turns the direction of text'
  if (/\p{Cc}/v.test(found)) return 'is a control character'
  if (/\p{Co}/v.test(found)) return 'looks like whatever a font makes of it'
  return 'cannot be seen'
}
