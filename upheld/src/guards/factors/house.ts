import { organizationId } from '../../core/ids.ts'

/**
 * Persons belong to no organization, and the vault seals for one. Secrets of persons are sealed for this one, which has
 * no members and no rows; the person is the subject of the address.
 */
export const identityHouse = organizationId('00000000-0000-4000-8000-000000000001')
