import { plan } from './plan.ts'

/** How the service is watched, built, supplied and answered for. */
export const houseClaims = Object.freeze([
  plan('detection.alerts', 'Attacks and unusual behavior raise an alert.', {
    caiq: ['LOG-03.1', 'LOG-05.1', 'LOG-13.1'],
    soc2: ['CC7.2', 'CC7.3'],
    iso27001: ['A.8.16'],
  }),
  plan('telemetry.traced', 'Errors, measurements and traces of every part of the service are collected.', {
    caiq: ['LOG-13.1'],
    soc2: ['CC7.2'],
    iso27001: ['A.8.16'],
  }),
  plan(
    'incidents.handled',
    'Security incidents are handled, and those whose data is touched are told within the legal time.',
    {
      caiq: ['SEF-03.1', 'SEF-07.1'],
      soc2: ['CC7.3', 'CC7.4', 'CC7.5'],
      iso27001: ['A.5.24', 'A.5.26'],
      gdpr: ['Art. 33', 'Art. 34'],
    },
  ),
  plan('oncall.answers', 'Somebody who can act is on call at every hour of every day.', {
    caiq: ['SEF-03.1'],
    soc2: ['CC7.4'],
  }),
  plan('disclosure.open', 'Whoever finds a weakness knows where to report it, and hears back.', {
    caiq: ['SEF-08.1'],
    iso27001: ['A.8.8'],
  }),
  plan('dependencies.clean', 'What we build on has no known weakness that is past its time to be patched.', {
    asvs: ['v5.0.0-15.1.2', 'v5.0.0-15.2.1'],
    caiq: ['TVM-05.1', 'TVM-07.1'],
    soc2: ['CC7.1'],
    iso27001: ['A.8.8'],
  }),
  plan('code.checked', 'Every change is reviewed and scanned before it runs, and what runs is what was reviewed.', {
    caiq: ['AIS-05.1'],
    soc2: ['CC8.1'],
    iso27001: ['A.8.25', 'A.8.29', 'A.8.32'],
  }),
  plan(
    'subprocessors.published',
    'Our list of sub-processors is public, and a change is announced before it happens.',
    {
      caiq: ['DSP-14.1'],
      iso27001: ['A.5.20'],
      gdpr: ['Art. 28(2)', 'Art. 28(4)'],
    },
  ),
  plan('vendors.assessed', 'Every vendor that touches your data is assessed in time and bound by contract.', {
    caiq: ['STA-08.1', 'DSP-13.1'],
    soc2: ['CC9.2'],
    iso27001: ['A.5.19', 'A.5.20', 'A.5.22'],
    gdpr: ['Art. 28(1)', 'Art. 28(4)'],
  }),
  plan('provider.certified', 'The service runs in data centers that hold valid security certificates.', {
    soc2: ['CC9.2'],
    iso27001: ['A.5.22', 'A.5.23'],
    gdpr: ['Art. 28(1)'],
  }),
  plan(
    'contracts.available',
    'The processing agreement, privacy policy and transfer clauses can be read, kept and signed.',
    {
      gdpr: ['Art. 28(3)', 'Art. 46'],
    },
  ),
  plan('roadmap.honest', 'What is not in place yet is said to be planned, and is never shown as a promise.'),
])
