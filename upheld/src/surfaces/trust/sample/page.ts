import type { PageSource } from '../../../proof/claims/index.ts'

/** A page whose sentences rest on claims in every state. */
export const samplePage: PageSource = {
  title: 'Security at Northwind Desk',
  lede: 'We publish only what is in place. Every sentence below is attacked on a schedule, and leaves this page by itself when an attack comes through.',
  contact: 'security@northwind-desk.example',
  sections: [
    {
      title: 'Your data stays yours',
      sentences: [
        {
          text: 'Every query is bound to your organization. No customer can read, count, change or delete what belongs to another.',
          claims: ['isolation.rows'],
        },
        {
          text: 'Each part of our system reaches only what its work needs, and people reach less than that.',
          claims: ['production.least-privilege', 'access.reviewed'],
        },
        { text: 'You can export all of your data at any time, in open formats.', claims: ['export.any-time'] },
      ],
    },
    {
      title: 'When things go wrong',
      sentences: [
        {
          text: 'Backups are encrypted, and every night we restore the latest one into an empty database and compare it.',
          claims: ['backups.restored'],
        },
        { text: 'A failed primary database loses nothing that was acknowledged.', claims: ['database.replicated'] },
        { text: 'Our data centers are certified to ISO 27001.', claims: ['provider.certified'] },
        { text: 'Every access leaves a trail that nobody can alter, ourselves included.', claims: ['audit.complete'] },
      ],
    },
    {
      title: 'What is not there yet',
      sentences: [{ text: 'What is not in place is listed as coming, and never as done.', claims: ['roadmap.honest'] }],
    },
  ],
}
