import type { Address } from '../../core/ports.ts'

/** Where a seed is sealed for: it opens for no other person and in no other row. */
export function seedAddress(personId: string, id: string): Address {
  return { table: 'upheld_identity.totp', column: 'seed', row: id, subject: personId }
}
