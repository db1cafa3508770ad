import { join } from 'node:path'
import { folderBlobs } from '../../src/adapters/objects/folder/index.ts'
import { linkKeyFile } from '../../src/adapters/objects/link-keys/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { openObjects, sealingFirst, type Blobs, type Objects } from '../../src/foundation/objects/index.ts'
import type { Vault } from '../../src/foundation/vault/index.ts'
import { deployment, portsIn } from './keys.ts'

/** Objects beside the keys of this folder. */
export async function objectsIn(
  folder: string,
  vault: Vault,
  under: (blobs: Blobs) => Blobs = same => same,
): Promise<Objects> {
  const { store } = portsIn(folder)
  const keyIds: Parameters<typeof openObjects>[0]['keyIds'] = async organization =>
    sealingFirst(await store.list(organization, 'objects'))
  return openObjects(
    {
      blobs: under(await folderBlobs({ path: join(folder, 'objects') })),
      vault,
      clock: systemClock,
      keyIds,
      linkKeys: linkKeyFile(join(folder, 'links.key'), systemClock),
    },
    { deployment },
  )
}
