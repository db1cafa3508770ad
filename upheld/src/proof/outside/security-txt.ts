interface Field {
  /** In lower case. */
  readonly name: string
  readonly value: string
}

/** Fields of a security.txt (RFC 9116, section 2), signed in clear text or not, and how many lines are none. */
export function readSecurityTxt(text: string): { readonly fields: readonly Field[]; readonly strange: number } {
  const fields: Field[] = []
  let strange = 0
  for (const line of unsigned(text).split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const match = /^([A-Za-z][A-Za-z-]{0,60}): *(\S.*)$/.exec(line)
    if (match === null) strange += 1
    else fields.push({ name: (match[1] ?? '').toLowerCase(), value: (match[2] ?? '').trim() })
  }
  return { fields, strange }
}

/** What stands between the armor lines of OpenPGP; lines that begin with a dash are escaped there. */
function unsigned(text: string): string {
  const plain = text.replace(/^\ufeff/, '')
  const match =
    /^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^]*?)\r?\n-----BEGIN PGP SIGNATURE-----/.exec(
      plain,
    )
  return match === null ? plain : (match[1] ?? '').replace(/^- /gm, '')
}
