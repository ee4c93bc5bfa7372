"""Answers the benchmark's requests, one JSON object a line; bench/peers/child.ts is the other end."""

import json
import os
import sys
import time

# What a library prints must not get between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def serve(open_engine):
    """open_engine(model, options) answers embed(texts, options), which answers a float array of shape [texts, 384]."""
    if sys.argv[1:2] == ["start"]:
        model, options, text = sys.argv[2:5]
        say({"vector": open_engine(model, json.loads(options))([text], json.loads(options))[0].tolist()})
        return
    embed, texts, options = None, {}, {}
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            options = request["options"]
            with open(request["texts"], encoding="utf8") as file:
                texts = json.load(file)
            embed = open_engine(request["model"], options)
            say({"ok": True})
            continue
        chosen = texts[request["workload"]][: request.get("limit")]
        say(ANSWERS[request["do"]](embed, chosen, {**options, **request.get("options", {})}))


def together(embed, texts, options):
    ms, vectors = timed(embed, texts, options)
    return {"ms": ms, "check": check(vectors)}


def each(embed, texts, options):
    runs = [timed(embed, [text], options) for text in texts]
    return {"ms": [ms for ms, _ in runs], "check": check([vectors[0] for _, vectors in runs])}


def all_vectors(embed, texts, options):
    return {"vectors": [[float(x) for x in vector] for vector in embed(texts, options)]}


ANSWERS = {"together": together, "each": each, "vectors": all_vectors}


def timed(embed, texts, options):
    started = time.perf_counter()
    vectors = embed(texts, options)
    return (time.perf_counter() - started) * 1000, vectors


def check(vectors):
    return {
        "vectors": len(vectors),
        "squares": float(sum(float((vector * vector).sum()) for vector in vectors)),
        "sum": float(sum(float(vector.sum()) for vector in vectors)),
    }


def say(answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
