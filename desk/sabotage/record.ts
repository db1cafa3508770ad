import type { Sabotage } from './sabotage.ts'

/** The record that the page is read from. */
export const records: readonly Sabotage[] = [
  {
    name: 'evidence-rewritten',
    says: 'Somebody with the superuser’s password rewrote the last entry of the evidence, to look better.',
    claim: 'roadmap.honest',
    async plan(sql) {
      const { rows } = await sql.query(`
        select index::text, encode(bytes, 'hex') as bytes from upheld_proof.leaf order by index desc limit 1`)
      const { index, bytes } = rows[0] ?? {}
      if (typeof index !== 'string' || typeof bytes !== 'string')
        throw new Error('There is no evidence yet to rewrite.')
      // The space changes an entry also where there was nothing red to hide.
      const better = Buffer.from(bytes, 'hex').toString().replaceAll('refuted', 'upheld') + ' '
      const write = (hex: string) =>
        `update upheld_proof.leaf set bytes = decode('${hex}', 'hex') where index = ${index}`
      return { break: [write(Buffer.from(better).toString('hex'))], mend: [write(bytes)] }
    },
  },
]
