"""What OpenAI's Python client gets from a server. Arguments: its URL, token ids as JSON. Answers one JSON object."""

import base64
import json
import struct
import sys

import openai


def main(url: str, tokens: list[int]) -> dict:
    client = openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0)
    return {
        "version": openai.__version__,
        "models": [model.id for model in client.models.list()],
        "one": create(client, input="hello world"),
        "many": create(client, input=["hello world", "a small boat"]),
        "ids": create(client, input=tokens),
        "lists": create(client, input=[tokens, tokens]),
        "float": create(client, input="hello world", encoding_format="float"),
        "base64": raw_base64(client),
        "query": create(client, input="hello world", extra_body={"input_type": "query"}),
        "suffixed": create(client, input="hello world", model="default:query"),
        "errors": {
            "unknown model": error_of(lambda: create(client, input="a", model="text-embedding-3-small")),
            "empty text": error_of(lambda: create(client, input="")),
            "width": error_of(lambda: create(client, input="a", dimensions=100)),
            "no such model": error_of(lambda: client.models.retrieve("gpt-4")),
        },
    }


def create(client: openai.OpenAI, model: str = "all-MiniLM-L6-v2", **given) -> dict:
    answer = client.embeddings.create(model=model, **given)
    return {
        "model": answer.model,
        "indexes": [item.index for item in answer.data],
        "vectors": [item.embedding for item in answer.data],
        "usage": [answer.usage.prompt_tokens, answer.usage.total_tokens],
    }


def raw_base64(client: openai.OpenAI) -> list[float]:
    answer = client.embeddings.create(model="default", input="hello world", encoding_format="base64")
    data = base64.b64decode(answer.data[0].embedding)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def error_of(ask) -> list:
    try:
        ask()
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code, error.code, error.param]
    return ["none", 200, None, None]


print(json.dumps(main(sys.argv[1], json.loads(sys.argv[2]))))
