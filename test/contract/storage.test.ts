import { describe, test } from 'vitest'
import {
  candidatesContract,
  jobStoreContract,
  keyStoreContract,
  lexicalIndexContract,
  migrationStoreContract,
  recordStoreContract,
  transferStoreContract,
  upkeepContract,
  vectorIndexContract,
  waitingStoreContract,
} from '../../src/testing/index.ts'
import { FILE_STORAGES, STORAGES } from '../support/storage.ts'

for (const [name, create] of Object.entries(STORAGES)) {
  recordStoreContract(
    name,
    async () => {
      const storage = await create()
      return { ...storage.records, close: () => storage.close() }
    },
    { describe, test },
  )
  keyStoreContract(name, create, { describe, test })
  waitingStoreContract(name, create, { describe, test })
  migrationStoreContract(name, create, { describe, test })
  jobStoreContract(name, create, { describe, test })
  vectorIndexContract(name, create, { describe, test })
  lexicalIndexContract(name, create, { describe, test })
  candidatesContract(name, create, { describe, test })
}

for (const [name, { create, open }] of Object.entries(FILE_STORAGES)) {
  transferStoreContract(name, create, { describe, test })
  upkeepContract(name, { create, open }, { describe, test })
}
