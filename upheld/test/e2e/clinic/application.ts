import { randomUUID } from 'node:crypto'
import type { Application } from '../../../src/index.ts'
import { clinicDoor } from '../../routes/clinic.ts'

/** The smallest application that Upheld can run: three tables, one page. For tests that start a system of their own. */
export const application: Application = {
  name: 'Small Clinic',
  tenantSchemas: ['clinic'],
  migrations: new URL('./', import.meta.url),
  page: new URL('./security.md', import.meta.url),
  claims: [],
  async seed(upheld) {
    let patients = 0
    await upheld.unsafeAcrossOrganizations({ reason: 'Counts patients at the first start.' }, async organization => {
      patients += (await organization.sql`select id from clinic.patient`).length
    })
    if (patients > 0) return `${patients} patients`
    for (const name of ['Ada', 'Grace']) {
      const practice = await upheld.createOrganization()
      await practice.sql`insert into clinic.patient (organization_id, name) values (${practice.id}, ${name})`
    }
    return '2 patients'
  },
  welcome: async (_upheld, origin) => [`The clinic is open: ${origin}/`],
  ...clinicDoor({ newId: randomUUID, note: 'reason' }),
}
