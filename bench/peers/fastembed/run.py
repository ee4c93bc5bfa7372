import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from serve import serve


def open_engine(model, options):
    import numpy
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    name = "semdex/all-MiniLM-L6-v2"
    TextEmbedding.add_custom_model(
        model=name,
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf=name),
        dim=384,
        model_file="onnx/model_quantized.onnx",
    )
    engine = TextEmbedding(name, threads=options.get("threads"), specific_model_path=model)

    def embed(texts, options):
        batches = engine.embed(texts, batch_size=options["batch"], parallel=options.get("parallel"))
        return numpy.array(list(batches))

    return embed


# A parallel run starts processes that import this file.
if __name__ == "__main__":
    serve(open_engine)
