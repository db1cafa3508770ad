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
      title: 'Who comes in',
      sentences: [
        {
          text: 'We keep no password. What we keep of it is an argon2id hash with a salt of its own, and a key that is not in the database. Short, common and stolen passwords are refused.',
          claims: ['passwords.hashed'],
        },
        {
          text: 'Owners, admins and everybody who may do something privileged come in with a second factor, whichever way they come. Your account can ask it of all its members.',
          claims: ['mfa.enforced'],
        },
        {
          text: 'Whoever guesses passwords or tries stolen ones is slowed down and noticed. Nobody can lock you out of your account by guessing.',
          claims: ['takeover.blocked'],
        },
        {
          text: 'Your sessions end when you sign out, when you change your password or when your rights are taken, and by themselves after a while. What we store of them opens nothing.',
          claims: ['sessions.sound'],
        },
        {
          text: 'The pages for signing in, accounts and members limit what can be sent to them and how often, and answer you while somebody else tries more.',
          claims: ['limits.enforced'],
        },
      ],
    },
    {
      title: 'What they may do',
      sentences: [
        {
          text: 'Roles and single exceptions decide what each of your members sees and does. A denial always wins, and nobody gives more than they have.',
          claims: ['roles.enforced'],
        },
        {
          text: 'Access is reviewed regularly by people who do not review themselves, and privileges that nobody confirms are taken away.',
          claims: ['access.reviewed'],
        },
        {
          text: 'Our employees cannot open your data. Support sees only what you grant, for as long as you grant it, and every look stands in your own log.',
          claims: ['support.by-consent'],
        },
        {
          text: 'The chat on your site works with tokens for a few minutes, each for one visitor, your organization and one site. A visitor sees their own conversations.',
          claims: ['widget.scoped'],
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
