/** Why no test stands for a requirement, in one sentence. Whoever builds what is missing takes the line away. */
export const holes: Readonly<Record<string, string>> = {
  '6.4.2': 'There are none: no form has a field for one.',
  '6.4.5': 'Nothing that people sign in with expires by itself.',
  '6.6.1': 'There are no codes over the telephone.',
  '6.6.4': 'Nothing is pushed to a device.',
  '6.8.3': 'SAML is planned, and no endpoint takes an assertion.',
  '9.2.4': 'Our own self-contained tokens are those of visitors, and each organization has keys of its own for them.',
}
