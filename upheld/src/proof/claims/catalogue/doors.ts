import { plan } from './plan.ts'

/** What stands between the network and the service, in both directions. */
export const doorClaims = Object.freeze([
  plan(
    'tls.only',
    'All traffic is encrypted with TLS 1.2 or higher. Nothing is answered over plain HTTP but a redirect.',
    {
      asvs: ['v5.0.0-12.1.1', 'v5.0.0-12.1.2', 'v5.0.0-12.2.1', 'v5.0.0-3.4.1'],
      caiq: ['CEK-03.1', 'IVS-03.1'],
      soc2: ['CC6.7'],
      iso27001: ['A.8.24', 'A.5.14'],
      gdpr: ['Art. 32(1)(a)'],
    },
  ),
  plan(
    'headers.graded',
    'Every page and every error page carries strict security headers, and their grade is public.',
    {
      asvs: ['v5.0.0-3.4.1', 'v5.0.0-3.4.3', 'v5.0.0-3.4.4', 'v5.0.0-3.4.5', 'v5.0.0-3.4.6'],
    },
  ),
  plan(
    'attacks.blocked',
    'Known kinds of web attack, and abuse of business rules, are detected and blocked as they happen.',
    {
      caiq: ['IVS-09.1'],
      soc2: ['CC6.6', 'CC7.2'],
      iso27001: ['A.8.16', 'A.8.26'],
    },
  ),
  plan('limits.enforced', 'Every interface demands authentication and limits how often it can be called.', {
    asvs: ['v5.0.0-2.4.1', 'v5.0.0-8.2.1'],
    caiq: ['IPY-03.1'],
    soc2: ['CC6.1', 'CC6.6'],
  }),
  plan(
    'addresses.filtered',
    'Access can be limited to chosen network addresses, for the whole service and for your organization.',
    {
      caiq: ['IVS-03.1'],
      soc2: ['CC6.6'],
      iso27001: ['A.8.20'],
    },
  ),
  plan(
    'overload.shed',
    'A flood of traffic is absorbed: what is essential keeps answering while the rest steps back.',
    {
      caiq: ['IVS-02.1', 'IVS-09.1'],
      soc2: ['A1.1'],
      iso27001: ['A.8.6'],
      gdpr: ['Art. 32(1)(b)'],
    },
  ),
  plan('origin.locked', 'Our servers answer only to the protected edge in front of them, never directly.', {
    caiq: ['IVS-03.1'],
    soc2: ['CC6.6'],
    iso27001: ['A.8.20'],
  }),
  plan(
    'network.closed',
    'Only the published ports answer. Databases and administration are not reachable from outside.',
    {
      caiq: ['IVS-03.1', 'IVS-04.1'],
      soc2: ['CC6.6'],
      iso27001: ['A.8.20', 'A.8.22'],
    },
  ),
  plan(
    'widget.scoped',
    'The chat widget works with short-lived tokens that open one visitor, one organization and one site.',
    {
      asvs: ['v5.0.0-9.2.1', 'v5.0.0-9.2.2', 'v5.0.0-9.2.3'],
      soc2: ['CC6.1'],
    },
  ),
  plan(
    'webhooks.sound',
    'Webhooks go out over HTTPS only, signed and retried, and never to an address inside our network.',
    {
      asvs: ['v5.0.0-1.3.6', 'v5.0.0-12.2.1'],
      caiq: ['IPY-03.1'],
      soc2: ['CC6.7'],
    },
  ),
  plan(
    'egress.listed',
    'Data leaves only for the processors on our published list: a connection to any other host is refused.',
    {
      asvs: ['v5.0.0-13.2.4', 'v5.0.0-1.3.6'],
      caiq: ['DSP-05.1', 'DSP-10.1', 'DSP-13.1'],
      soc2: ['CC6.7'],
      iso27001: ['A.5.14', 'A.8.12'],
      gdpr: ['Art. 28(2)'],
    },
  ),
  plan(
    'ai.honest',
    'AI runs only for tasks that you asked for, through processors under contract, and never trains on your data.',
    {
      caiq: ['DSP-12.1', 'DSP-13.1'],
      gdpr: ['Art. 5(1)(b)', 'Art. 28(3)(a)'],
    },
  ),
  plan('payments.outsourced', 'Card data never reaches our systems: our payment provider takes it directly.', {
    caiq: ['DSP-17.1'],
  }),
])
