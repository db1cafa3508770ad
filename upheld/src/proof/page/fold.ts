/** Letters that look like Latin ones, by the letter that a reader takes them for (after Unicode's UTS #39). */
const twins: Readonly<Record<string, string>> = {
  A: 'АΑᎪꓮᴀ',
  B: 'ВΒᏴꓐʙ',
  C: 'СϹᏟꓚᴄ',
  D: 'ᎠꓓᴅԀ',
  E: 'ЕΕᎬꓰᴇ',
  F: 'Ϝꓝꜰ',
  G: 'ԌᏀꓖɢ',
  H: 'НΗᎻꓧʜ',
  I: 'ІΙӀꓲɪ',
  J: 'ЈᎫꓙᴊͿ',
  K: 'КΚᏦꓗᴋ',
  L: 'ᏞꓡʟԼ',
  M: 'МΜᎷꓟᴍ',
  N: 'ΝꓠɴՈ',
  O: 'ОΟՕꓳᴏ',
  P: 'РΡᏢꓑᴘ',
  R: 'ᎡꓣʀᏒ',
  S: 'ЅՏᏚꓢꜱ',
  T: 'ТΤᎢꓔᴛ',
  U: 'Սꓴᴜ',
  V: 'ѴᏙꓦᴠ',
  W: 'ԜᎳꓪᴡ',
  X: 'ХΧꓫ',
  Y: 'УΥҮꓬʏ',
  Z: 'ΖᏃꓜᴢ',
  a: 'аαɑ',
  b: 'Ьƅ',
  c: 'сϲ',
  d: 'ԁ',
  e: 'еҽєε',
  g: 'ɡց',
  h: 'һհ',
  i: 'іιıɩ',
  j: 'јյ',
  k: 'кκ',
  l: 'ӏǀ',
  n: 'ոպη',
  o: 'оοօσ',
  p: 'рρ',
  q: 'ԛզ',
  r: 'гᴦ',
  s: 'ѕ',
  t: 'тτ',
  u: 'սυʋ',
  v: 'ѵν',
  w: 'ԝѡω',
  x: 'хχ',
  y: 'уүγ',
}
const plain = new Map(
  Object.entries(twins).flatMap(([latin, likes]) => Array.from(likes, like => [like, latin] as const)),
)

/** Text as a hasty reader sees it, in lower case: no accents, no fonts of mathematics, no letters of other alphabets. */
function folded(text: string): string {
  const bare = text.normalize('NFKD').replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}]/gv, '')
  return Array.from(bare, letter => plain.get(letter) ?? letter).join('')
}

/** The readings of a text: as its letters are, and with the strokes that look like an l read as one. */
export function readingsOf(text: string): readonly string[] {
  const once = folded(text)
  const strokes = once
    .replaceAll(/[I1\|](?=[\p{L}1\|])|(?<=[\p{L}1\|])[I1\|]/gv, 'l')
    .replaceAll(/(?<=\p{L})0|0(?=\p{L})/gv, 'o')
  return [once.toLowerCase(), strokes.toLowerCase()]
}

const words = /[\p{L}\p{M}]+/gv
const alike = /[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}\p{sc=Lisu}\p{sc=Copt}]/v

/** Words that are written with Latin letters and with others that look like them. */
export function mixedWords(text: string): readonly string[] {
  return (text.match(words) ?? []).filter(word => /\p{sc=Latn}/v.test(word) && alike.test(word))
}
