import { resolveTxt } from 'node:dns/promises'

/** The texts of the TXT records of a name, as this machine's own DNS has them. @throws what `node:dns` throws */
export async function textRecords(name: string): Promise<readonly string[]> {
  return (await resolveTxt(name)).map(parts => parts.join(''))
}
