import type { OutsideRule } from '../rule.ts'
import { cookieRules } from './cookies.ts'
import { frameRules } from './framing.ts'
import { headerRules } from './headers.ts'
import { pageRules } from './page.ts'
import { policyRules } from './policy.ts'
import { securityTxtRules } from './security-txt.ts'
import { sharingRules } from './sharing.ts'
import { tlsRules } from './tls.ts'
import { transportRules } from './transport.ts'

/** Every rule of what an outsider sees. An id keeps its meaning once released. */
export const outsideRules: readonly OutsideRule[] = [
  ...tlsRules,
  ...transportRules,
  ...policyRules,
  ...frameRules,
  ...headerRules,
  ...cookieRules,
  ...sharingRules,
  ...pageRules,
  ...securityTxtRules,
]
