import { SemdexError } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import type { TransferStore } from '../../core/ports/transfer-store.ts'

/** @throws {SemdexError} `INVALID_INPUT` where the storage cannot */
export function requireTransfer({ transfer, file }: Storage): TransferStore {
  if (transfer) return transfer
  throw new SemdexError('INVALID_INPUT', { message: `The database ${file} has no export or import.` })
}
