/** The kinds of service whose pages the catalogue was made from. */
export const pageKinds = ['eshop', 'cloud', 'desk'] as const
export type PageKind = (typeof pageKinds)[number]

const letters: Readonly<Record<string, PageKind>> = { E: 'eshop', C: 'cloud', D: 'desk' }

/** Which claims belong on a page of which kind: E an eshop platform, C a cloud product, D a support desk. */
const marked: Readonly<Record<string, string>> = {
  'isolation.rows': 'ED',
  'isolation.routes': 'D',
  'isolation.objects': 'ED',
  'purpose.bound': 'D',
  'residency.pinned': 'ECD',
  'encryption.fields': 'ED',
  'encryption.at-rest': 'CD',
  'encryption.keys': 'ED',
  'passwords.hashed': 'CD',
  'tls.only': 'ECD',
  'headers.graded': 'C',
  'attacks.blocked': 'C',
  'limits.enforced': 'D',
  'addresses.filtered': 'C',
  'overload.shed': 'CD',
  'origin.locked': 'E',
  'network.closed': 'C',
  'widget.scoped': 'D',
  'mfa.enforced': 'ED',
  'takeover.blocked': 'C',
  'sessions.sound': 'D',
  'roles.enforced': 'ECD',
  'access.reviewed': 'D',
  'support.by-consent': 'CD',
  'production.least-privilege': 'D',
  'audit.complete': 'CD',
  'logs.restricted': 'D',
  'export.any-time': 'ED',
  'erasure.any-time': 'D',
  'retention.applied': 'D',
  'backups.encrypted': 'CD',
  'backups.restored': 'CD',
  'database.replicated': 'D',
  'egress.listed': 'ED',
  'ai.honest': 'E',
  'webhooks.sound': 'D',
  'payments.outsourced': 'C',
  'detection.alerts': 'CD',
  'telemetry.traced': 'C',
  'incidents.handled': 'D',
  'oncall.answers': 'C',
  'disclosure.open': 'ED',
  'dependencies.clean': 'CD',
  'code.checked': 'CD',
  'subprocessors.published': 'ED',
  'vendors.assessed': 'D',
  'provider.certified': 'CD',
  'people.bound': 'C',
  'contracts.available': 'ECD',
  'roadmap.honest': 'E',
}

/** The ids of the claims that a page of this kind is expected to speak of. */
export function claimsOfKind(kind: PageKind): readonly string[] {
  return Object.entries(marked)
    .filter(([, kinds]) => Object.entries(letters).some(([letter, one]) => one === kind && kinds.includes(letter)))
    .map(([id]) => id)
}
