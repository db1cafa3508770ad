export { floorsFile } from './floors-file.ts'
export { keyFolder, type KeyFolderOptions } from './folder/key-folder.ts'
export { installKeyTable, purgeKeyTable } from './table/install.ts'
export { keyTable, type KeyTableOptions } from './table/key-table.ts'
