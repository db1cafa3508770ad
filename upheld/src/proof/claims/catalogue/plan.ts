import { claim } from '../check.ts'
import type { Mappings, PlannedClaim } from '../claim.ts'

/** ASVS 5.0.0, CAIQ v4 (the first question of each control), SOC 2, ISO 27001:2022 Annex A, GDPR. Ids only. */
export function plan(id: string, sentence: string, mappings: Mappings = {}): PlannedClaim {
  return claim({ kind: 'planned', id, sentence, mappings })
}
