/** One requirement of OWASP ASVS 5.0.0, by its number and level; the words are ours, and shorter. */
interface Requirement {
  readonly id: string
  readonly level: 1 | 2 | 3
  readonly says: string
}

function chapter(prefix: string, rows: readonly (readonly [number, 1 | 2 | 3, string])[]): readonly Requirement[] {
  return rows.map(([number, level, says]) => ({ id: `${prefix}.${number}`, level, says }))
}

/** V6 authentication, V7 sessions, V8 authorization, V9 self-contained tokens: all of them. */
export const requirements: readonly Requirement[] = [
  ...chapter('6.1', [
    [1, 1, 'what slows guessing is written down, and how it locks no victim out'],
    [2, 2, 'words of the context that no password may be made of are listed'],
    [3, 2, 'every way to sign in is written down with its strength'],
  ]),
  ...chapter('6.2', [
    [1, 1, 'a password has 8 characters or more, better 15'],
    [2, 1, 'a password can be changed'],
    [3, 1, 'a change asks for the old one and the new one'],
    [4, 1, 'the commonest passwords are refused'],
    [5, 1, 'no rules of composition'],
    [6, 1, 'the field hides what is typed, and may show it'],
    [7, 1, 'pasting and password managers work'],
    [8, 1, 'verified exactly as it was typed'],
    [9, 2, '64 characters and more are taken'],
    [10, 2, 'no change is asked for by the calendar'],
    [11, 2, 'the words of the context are refused'],
    [12, 2, 'passwords known from breaches are refused'],
  ]),
  ...chapter('6.3', [
    [1, 1, 'guessing and stuffing are stopped as written down'],
    [2, 1, 'no account is there by default'],
    [3, 2, 'a second factor is needed'],
    [4, 2, 'no way in that is not written down, all equally strong'],
    [5, 3, 'suspicious tries are told'],
    [6, 3, 'mail is no factor'],
    [7, 3, 'changes of credentials are told'],
    [8, 3, 'whether somebody exists is not to be found out'],
  ]),
  ...chapter('6.4', [
    [1, 1, 'first secrets are random, short-lived, and not for ever'],
    [2, 1, 'no hints, no secret questions'],
    [3, 2, 'a reset does not go around the second factor'],
    [4, 2, 'a lost factor is replaced by proof as good as at its beginning'],
    [5, 3, 'what expires is told in time'],
    [6, 3, 'an administrator starts a reset and never picks the password'],
  ]),
  ...chapter('6.5', [
    [1, 2, 'codes are used once'],
    [2, 2, 'weak secrets for look-up get a password hash, strong ones a plain one'],
    [3, 2, 'secrets come from a secure random source'],
    [4, 2, 'codes have 20 bits or more'],
    [5, 2, 'codes live shortly'],
    [6, 3, 'any factor can be taken away'],
    [7, 3, 'biometrics only beside another factor'],
    [8, 3, 'the clock of a code is ours'],
  ]),
  ...chapter('6.6', [
    [1, 2, 'no codes over the telephone, or with something stronger beside'],
    [2, 2, 'a code is bound to its request'],
    [3, 2, 'guessing of codes is slowed'],
    [4, 3, 'no bombing with pushed questions'],
  ]),
  ...chapter('6.7', [
    [1, 3, 'keys that verify are kept from change'],
    [2, 3, 'a challenge has 64 bits or more, and is new each time'],
  ]),
  ...chapter('6.8', [
    [1, 2, 'an identity is its provider and its subject'],
    [2, 2, 'signatures of assertions are always verified'],
    [3, 2, 'a SAML assertion is used once'],
    [4, 2, 'what a provider says of strength is asked for; nothing said is the weakest'],
  ]),
  ...chapter('7.1', [
    [1, 2, 'limits of idle and absolute time are written down'],
    [2, 2, 'how many sessions at once is written down'],
    [3, 2, 'sessions of federated sign-in are written down'],
  ]),
  ...chapter('7.2', [
    [1, 1, 'tokens are verified by the server'],
    [2, 1, 'tokens are made anew, never fixed keys'],
    [3, 1, 'tokens have 128 random bits or more'],
    [4, 1, 'a new token at each proof, and the old one ended'],
  ]),
  ...chapter('7.3', [
    [1, 2, 'a session ends when it is not used'],
    [2, 2, 'a session ends after a time, used or not'],
  ]),
  ...chapter('7.4', [
    [1, 1, 'what was ended is of no use'],
    [2, 1, 'a disabled or deleted account has no session left'],
    [3, 2, 'after a change of a factor the others can be ended'],
    [4, 2, 'signing out is easy to find'],
    [5, 2, 'administrators end sessions of one, or of all'],
  ]),
  ...chapter('7.5', [
    [1, 2, 'proof is asked for again before address, factors or recovery change'],
    [2, 2, 'people see and end their own sessions'],
    [3, 3, 'proof is asked for again before what is very sensitive'],
  ]),
  ...chapter('7.6', [
    [1, 2, 'lives of sessions here and at the provider are as written down'],
    [2, 2, 'no session begins in silence'],
  ]),
  ...chapter('8.1', [
    [1, 1, 'rules for functions and data are written down'],
    [2, 2, 'rules for fields are written down'],
    [3, 3, 'circumstances that decide are written down'],
    [4, 3, 'what circumstances change is written down'],
  ]),
  ...chapter('8.2', [
    [1, 1, 'functions only for whom they are granted'],
    [2, 1, 'objects only for whom they are granted'],
    [3, 2, 'fields only for whom they are granted'],
    [4, 3, 'circumstances are asked at sign-in and later'],
  ]),
  ...chapter('8.3', [
    [1, 1, 'enforced by the server'],
    [2, 3, 'changes of rights bite at once'],
    [3, 3, 'the right of whoever asked decides, not that of who passes it on'],
  ]),
  ...chapter('8.4', [
    [1, 2, 'nothing crosses from one tenant to another'],
    [2, 3, 'administration has more than one layer before it'],
  ]),
  ...chapter('9.1', [
    [1, 1, 'the signature of a token first'],
    [2, 1, 'algorithms by a list, and never none'],
    [3, 1, 'keys from sources that were set, whatever the token says'],
  ]),
  ...chapter('9.2', [
    [1, 1, 'times in a token are honoured'],
    [2, 2, 'the right type for the purpose'],
    [3, 2, 'the right audience'],
    [4, 2, 'who signs for several audiences says which'],
  ]),
]
