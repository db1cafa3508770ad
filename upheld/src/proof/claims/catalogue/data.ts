import { plan } from './plan.ts'

/** Whose data it is, where it lies, how it is sealed, and how it leaves. */
export const dataClaims = Object.freeze([
  plan(
    'isolation.rows',
    'Every query is bound to one organization, and no organization can see or change the data of another.',
    {
      asvs: ['v5.0.0-8.4.1', 'v5.0.0-8.2.2', 'v5.0.0-8.3.1'],
      caiq: ['IVS-06.1', 'IAM-16.1'],
      soc2: ['CC6.1'],
      iso27001: ['A.5.15', 'A.8.3'],
      gdpr: ['Art. 32(1)(b)'],
    },
  ),
  plan(
    'isolation.routes',
    'Every request is authorized for the organization that it speaks for before it is answered.',
    {
      asvs: ['v5.0.0-8.4.1', 'v5.0.0-8.2.1', 'v5.0.0-8.2.2'],
      caiq: ['IAM-16.1', 'IVS-06.1'],
      soc2: ['CC6.1'],
      iso27001: ['A.5.15', 'A.8.3'],
      gdpr: ['Art. 32(1)(b)'],
    },
  ),
  plan(
    'isolation.objects',
    'Files and images belong to one organization, and nobody else can fetch, list or replace them.',
    {
      asvs: ['v5.0.0-8.4.1', 'v5.0.0-8.2.2'],
      caiq: ['IVS-06.1', 'IAM-16.1'],
      soc2: ['CC6.1'],
      iso27001: ['A.5.15', 'A.8.3'],
      gdpr: ['Art. 32(1)(b)'],
    },
  ),
  plan('purpose.bound', 'Your data is used to provide the service to you and for nothing else. It is never sold.', {
    caiq: ['DSP-12.1'],
    iso27001: ['A.5.34'],
    gdpr: ['Art. 5(1)(b)', 'Art. 28(3)(a)'],
  }),
  plan(
    'residency.pinned',
    'Your data, files and backups stay in the region that you chose, and so do the processors that see them.',
    {
      caiq: ['DSP-19.1'],
      gdpr: ['Art. 44'],
    },
  ),
  plan(
    'encryption.fields',
    'Credentials, keys and tokens are sealed with AES-256-GCM before they reach the database.',
    {
      asvs: ['v5.0.0-11.3.3', 'v5.0.0-13.3.1'],
      caiq: ['CEK-03.1', 'CEK-04.1'],
      soc2: ['CC6.1'],
      iso27001: ['A.8.24'],
      gdpr: ['Art. 32(1)(a)'],
    },
  ),
  plan('encryption.at-rest', 'Databases, files and backups are encrypted with AES-256 wherever they are stored.', {
    caiq: ['CEK-03.1'],
    soc2: ['CC6.1'],
    iso27001: ['A.8.24'],
    gdpr: ['Art. 32(1)(a)'],
  }),
  plan(
    'encryption.keys',
    'Each organization has keys of its own. They are rotated, and destroyed when its data is erased.',
    {
      caiq: ['CEK-10.1', 'CEK-12.1', 'CEK-14.1'],
      soc2: ['CC6.1'],
      iso27001: ['A.8.24'],
      gdpr: ['Art. 32(1)(a)'],
    },
  ),
  plan('export.any-time', 'You can export all your data at any time, complete and in open formats.', {
    caiq: ['IPY-02.1', 'DSP-11.1'],
    gdpr: ['Art. 20'],
  }),
  plan(
    'erasure.any-time',
    'You can delete your data at any time, and afterwards it is gone everywhere, backups included.',
    {
      asvs: ['v5.0.0-14.2.7'],
      caiq: ['DSP-02.1', 'DSP-16.1'],
      soc2: ['C1.2'],
      iso27001: ['A.8.10'],
      gdpr: ['Art. 17', 'Art. 28(3)(g)'],
    },
  ),
  plan('retention.applied', 'No data is kept longer than we state.', {
    asvs: ['v5.0.0-14.2.7'],
    caiq: ['DSP-16.1'],
    soc2: ['C1.2'],
    iso27001: ['A.8.10'],
    gdpr: ['Art. 5(1)(e)'],
  }),
  plan(
    'backups.encrypted',
    'Backups are made automatically, encrypted before they leave, and kept away from the servers.',
    {
      caiq: ['BCR-08.1', 'CEK-03.1'],
      soc2: ['A1.2'],
      iso27001: ['A.8.13', 'A.8.24'],
      gdpr: ['Art. 32(1)(a)', 'Art. 32(1)(c)'],
    },
  ),
  plan('backups.restored', 'The latest backup is regularly restored and compared with what it should hold.', {
    caiq: ['BCR-08.1', 'BCR-10.1'],
    soc2: ['A1.3'],
    iso27001: ['A.8.13'],
    gdpr: ['Art. 32(1)(c)', 'Art. 32(1)(d)'],
  }),
  plan(
    'database.replicated',
    'The database is replicated: when a server fails, nothing that was confirmed to you is lost.',
    {
      caiq: ['BCR-11.1'],
      soc2: ['A1.2'],
      iso27001: ['A.8.14'],
      gdpr: ['Art. 32(1)(b)'],
    },
  ),
])
