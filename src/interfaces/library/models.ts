import type { ModelSpec } from '../../core/model-spec.ts'
import type { ModelRemoval, ModelTransfer, ModelVerification } from '../../core/parts.ts'
import type { Operation, OperationContext, Progress } from '../../operations/operation.ts'
import { operations } from '../../operations/table.ts'

export interface TransferCall {
  signal?: AbortSignal
  /** Bytes of the files that were begun. */
  onProgress?: (progress: Progress) => void
  /** Told before anything is transferred what people must know of the model, as that its licence forbids commercial use. */
  onNotice?: (notice: string) => void
}

export interface ShownModel {
  name: string
  /** Null where the model is not on this machine. */
  folder: string | null
  /** Null where it is known only once the model is installed. */
  fingerprint: string | null
  spec: ModelSpec
}

/** Runs an operation in the open Semdex. */
export type Invoke = <Input, Output>(
  load: () => Promise<Operation<Input, Output>>,
  input: object,
  context?: OperationContext,
) => Promise<Output>

/** The models of this machine: `db.models`. */
export class ModelManager {
  readonly #invoke: Invoke

  constructor(invoke: Invoke) {
    this.#invoke = invoke
  }

  /** The known models, and which of them are on this machine. */
  async list() {
    return (await this.#invoke(operations.models, {})).models
  }

  /** How a model is run; by default the one that is used where none is named. @throws {SemdexError} `MODEL_UNKNOWN` */
  async show(model?: string): Promise<ShownModel> {
    return (await this.#invoke(operations['models.show'], { model })) as ShownModel
  }

  /**
   * Downloads what is missing or damaged of a model.
   * @throws {SemdexError} `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED` for one that nobody publishes, `DOWNLOAD_FAILED`,
   * `DOWNLOAD_CORRUPT`, `OFFLINE`, `DISK_FULL`, `ABORTED`
   */
  async pull(model: string, options: TransferCall = {}): Promise<ModelTransfer> {
    return this.#invoke(operations['models.pull'], { model }, contextOf(options))
  }

  /**
   * Takes a model from a spec (.json), a folder in Hugging Face layout, a Hugging Face cache or an archive.
   * @throws {SemdexError} `PATH_NOT_FOUND`, `ARCHIVE_INVALID`, `MODEL_INVALID`, `MODEL_DAMAGED`, `MODEL_EXISTS`, `DISK_FULL`,
   * `ABORTED`; for a spec whose files are pulled also what `pull` throws
   */
  async add(path: string, options: TransferCall & { name?: string } = {}): Promise<ModelTransfer> {
    const { signal: _, onProgress: __, onNotice: ___, ...rest } = options
    return this.#invoke(operations['models.add'], { path, ...rest }, contextOf(options))
  }

  /** Removes what was pulled or added. @throws {SemdexError} `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED` */
  async remove(model: string): Promise<ModelRemoval> {
    return this.#invoke(operations['models.remove'], { model })
  }

  /** Hashes a model's files again. @throws {SemdexError} `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED`, `MODEL_DAMAGED` */
  async verify(model?: string): Promise<ModelVerification> {
    return this.#invoke(operations['models.verify'], { model })
  }
}

function contextOf({ signal, onProgress, onNotice }: TransferCall): OperationContext {
  return {
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(onNotice && { onWarning: onNotice }),
  }
}
