/**
 * FNV-1a of a text's UTF-8, 128 bits, as 32 hexadecimal digits (draft-eastlake-fnv). For names, not against forgery:
 * what it is given of files is their sha256. Loading node:crypto instead costs a cold search some 7 ms.
 */
export function digest(text: string): string {
  let hash = 0x6c62272e07bb014262b821756295c58dn
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(128, (hash ^ BigInt(byte)) * 0x1000000000000000000013bn)
  return hash.toString(16).padStart(32, '0')
}
