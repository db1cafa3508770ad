import { plan } from './plan.ts'

/** Who gets in, as what, and what is written down about it. */
export const peopleClaims = Object.freeze([
  plan('passwords.hashed', 'Passwords are stored only as strong, salted hashes that cannot be turned back.', {
    asvs: ['v5.0.0-11.4.2'],
    caiq: ['IAM-15.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.5.17'],
    gdpr: ['Art. 32(1)(a)'],
  }),
  plan('mfa.enforced', 'Administrators must use a second factor. Members may, and your organization can require it.', {
    asvs: ['v5.0.0-6.3.3', 'v5.0.0-6.3.4', 'v5.0.0-6.4.3', 'v5.0.0-6.5.1'],
    caiq: ['IAM-14.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.8.5'],
  }),
  plan(
    'takeover.blocked',
    'Attempts to guess or reuse passwords are noticed and blocked, without locking out the owner of the account.',
    {
      asvs: ['v5.0.0-6.1.1', 'v5.0.0-6.3.1', 'v5.0.0-6.2.12'],
      caiq: ['IAM-14.1'],
      soc2: ['CC6.1', 'CC6.6'],
      iso27001: ['A.8.5'],
    },
  ),
  plan(
    'sessions.sound',
    'Sessions expire, can be ended at once, and are useless to somebody who steals the database.',
    {
      asvs: ['v5.0.0-7.2.3', 'v5.0.0-7.2.4', 'v5.0.0-7.3.1', 'v5.0.0-7.3.2', 'v5.0.0-7.4.1', 'v5.0.0-7.4.2'],
      soc2: ['CC6.1'],
      iso27001: ['A.8.5'],
    },
  ),
  plan(
    'roles.enforced',
    'Roles decide what each member of your organization sees and does, down to the single permission.',
    {
      asvs: ['v5.0.0-8.2.1', 'v5.0.0-8.2.3', 'v5.0.0-8.3.1'],
      caiq: ['IAM-05.1', 'IAM-16.1'],
      soc2: ['CC6.3'],
      iso27001: ['A.5.15', 'A.8.3'],
    },
  ),
  plan('access.reviewed', 'Access is reviewed regularly, and what nobody confirms is taken away.', {
    caiq: ['IAM-07.1', 'IAM-08.1'],
    soc2: ['CC6.2', 'CC6.3'],
    iso27001: ['A.5.18'],
  }),
  plan(
    'support.by-consent',
    'Our employees cannot open your data. Support sees only what you grant, for as long as you grant it.',
    {
      caiq: ['IAM-11.1', 'DSP-15.1'],
      soc2: ['CC6.1', 'CC6.3'],
      iso27001: ['A.8.2'],
      gdpr: ['Art. 28(3)(a)', 'Art. 32(4)'],
    },
  ),
  plan('production.least-privilege', 'Every login of the running system can do its own duty and nothing beyond it.', {
    asvs: ['v5.0.0-13.2.2'],
    caiq: ['IAM-05.1', 'IAM-09.1'],
    soc2: ['CC6.1', 'CC6.3'],
    iso27001: ['A.5.15', 'A.8.2'],
    gdpr: ['Art. 32(1)(b)'],
  }),
  plan(
    'audit.complete',
    'What matters for security is written to an audit trail that nobody can change afterwards, not even we.',
    {
      asvs: ['v5.0.0-16.3.3', 'v5.0.0-16.4.2'],
      caiq: ['LOG-02.1', 'LOG-07.1', 'IAM-12.1'],
      soc2: ['CC7.2'],
      iso27001: ['A.8.15'],
    },
  ),
  plan('logs.restricted', 'Our logs hold no secrets, and only a few people may read them.', {
    asvs: ['v5.0.0-16.2.5', 'v5.0.0-16.4.2'],
    caiq: ['LOG-04.1', 'LOG-09.1'],
    iso27001: ['A.8.15'],
  }),
  plan('people.bound', 'Our staff have signed confidentiality and are trained before they get access to anything.', {
    caiq: ['HRS-10.1', 'HRS-11.1'],
    soc2: ['CC1.4'],
    iso27001: ['A.6.3', 'A.6.6'],
    gdpr: ['Art. 28(3)(b)'],
  }),
])
