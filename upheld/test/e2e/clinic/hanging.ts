import { claim, type Application } from '../../../src/index.ts'
import { application as clinic } from './application.ts'

/** The clinic, with a probe that takes the process for itself and never gives it back. */
export const application: Application = {
  ...clinic,
  claims: [
    claim({
      kind: 'proven',
      // One that the catalogue has early: some claims are attacked before it, and most after it.
      id: 'purpose.bound',
      sentence: 'A probe that never ends proves nothing.',
      population: 'one endless loop',
      freshnessMins: 60,
      observationsMin: 1,
      timeoutSecs: 1,
      assumptions: [],
      notCovered: [],
      mappings: {},
      probe: {
        says: 'Loops without end and never looks at its signal.',
        source: import.meta.url,
        run: async () => {
          for (;;);
        },
      },
      sabotages: [
        {
          name: 'never-reached',
          says: 'Nothing: the probe never comes so far.',
          source: import.meta.url,
          apply: async twin => twin,
        },
      ],
    }),
  ],
}
