import type { Mappings } from '../../proof/claims/index.ts'

/** A published standard and the parts of it that a claim answers. Ids only: the texts have licences of their own. */
interface Answered {
  readonly key: keyof Mappings
  readonly name: string
  readonly ids: readonly string[]
}

export function answered(mappings: Mappings): readonly Answered[] {
  const all: readonly Answered[] = [
    { key: 'asvs', name: 'OWASP ASVS 5.0.0', ids: mappings.asvs ?? [] },
    { key: 'caiq', name: 'CSA CAIQ v4', ids: mappings.caiq ?? [] },
    { key: 'soc2', name: 'SOC 2', ids: mappings.soc2 ?? [] },
    { key: 'iso27001', name: 'ISO/IEC 27001', ids: mappings.iso27001 ?? [] },
    { key: 'gdpr', name: 'GDPR', ids: mappings.gdpr ?? [] },
  ]
  return all.filter(({ ids }) => ids.length > 0)
}
