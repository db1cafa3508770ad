import type { PageSource } from 'upheld'

/** What Northwind Desk promises. Every sentence names the claims that it stands on, and stands only while they do. */
export const securityPage: PageSource = {
  title: 'Security at Northwind Desk',
  lede: 'We publish only what is in place. Every sentence below is attacked on a schedule, and leaves our promises when an attack succeeds.',
  sections: [
    {
      title: 'Your data stays yours',
      sentences: [
        {
          text: 'Every query is bound to your organization. No customer can read, count, change or delete another customer’s data.',
          claims: ['isolation.rows'],
        },
        {
          text: 'Every request is authorized for the organization that it speaks for. What belongs to somebody else is answered like what does not exist: in its words, in its time, and in what it changes.',
          claims: ['isolation.routes'],
        },
        {
          text: 'Files and images that you attach belong to your organization. Nobody else can fetch, list, replace or remove them, and a link to one ends with its time.',
          claims: ['isolation.objects'],
        },
      ],
    },
    {
      title: 'Who can reach it',
      sentences: [
        {
          text: 'Files and images are encrypted with AES-256-GCM before they are stored. Whoever takes the disks reads nothing of them, and a file that was tampered with is refused.',
          claims: ['encryption.at-rest'],
        },
        {
          text: 'The programs that run the desk hold only the database rights that their work needs: the desk cannot read the keys, and what writes our evidence cannot change it afterwards.',
          claims: ['production.least-privilege'],
        },
        {
          text: 'Every change of your data and every opening of a sealed value is in your own audit log: who, what, which rows, and what for. Nobody can alter or drop an entry unnoticed, and you can verify it without us.',
          claims: ['audit.complete'],
        },
        {
          text: 'Our logs say which page answered how and when. They hold no password, no token and no text of what you sent, and only the account that runs the desk reads them.',
          claims: ['logs.restricted'],
        },
      ],
    },
    {
      title: 'What we encrypt',
      sentences: [
        {
          text: 'Access tokens of connected shops and private notes are encrypted with AES-256-GCM before they reach our database. Each opens for its own organization, table, column and row, and nowhere else.',
          claims: ['encryption.fields'],
        },
        {
          text: 'Your organization has encryption keys of its own. We can change them at any time, an old one opens nothing any more, and when your keys are destroyed nobody can open what they sealed, however old the backup.',
          claims: ['encryption.keys'],
        },
      ],
    },
    {
      title: 'What we do not promise yet',
      sentences: [
        {
          text: 'What is not there yet is listed as planned, and never among our promises.',
          claims: ['roadmap.honest'],
        },
      ],
    },
  ],
  contact: 'mailto:security@northwind-desk.example',
}
