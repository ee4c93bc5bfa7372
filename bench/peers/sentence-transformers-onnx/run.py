import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from serve import serve


def open_engine(model, options):
    import onnxruntime
    from sentence_transformers import SentenceTransformer

    session = onnxruntime.SessionOptions()
    if options.get("threads"):
        session.intra_op_num_threads = options["threads"]
    engine = SentenceTransformer(
        model,
        device="cpu",
        backend="onnx",
        model_kwargs={
            "file_name": "onnx/model_quantized.onnx",
            "provider": "CPUExecutionProvider",
            "session_options": session,
        },
    )

    def embed(texts, options):
        return engine.encode(texts, batch_size=options["batch"], normalize_embeddings=True)

    return embed


if __name__ == "__main__":
    serve(open_engine)
