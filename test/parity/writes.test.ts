import { OPERATION_NAMES } from '../../src/interfaces/wire/operations.ts'
import { describeParity } from './describe-parity.ts'
import { ENTRIES } from './table.ts'

describeParity(OPERATION_NAMES.filter((name) => ENTRIES[name].changes !== 'nothing'))
