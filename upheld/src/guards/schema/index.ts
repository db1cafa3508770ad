export { installPeople } from './install.ts'
