"""The server that the test has started, and comparisons of every field."""

import faulthandler
import json
import os
import pathlib
import sys
from datetime import date, datetime, timezone
from urllib.request import ProxyHandler, build_opener

import PureCloudPlatformClientV2 as pc

assert sys.flags.optimize == 0, "the checks are plain asserts"
# Whoever hangs says where.
faulthandler.dump_traceback_later(120, exit=True)
# Before any client is made: a client copies it.
pc.configuration.host = os.environ["BASE_URL"]

EXPECTED = pathlib.Path(__file__).parent.parent / "expected"
PLAIN = {"str": str, "bool": bool, "int": int, "float": float}


def login(who):
    client = os.environ[f"{who}_CLIENT"]
    return pc.api_client.ApiClient().get_client_credentials_token(client, os.environ["SECRET"])


def organization(who):
    return os.environ[f"{who}_ORGANIZATION"]


def move_clock(seconds):
    build_opener(ProxyHandler({})).open(f"{os.environ['CLOCK_URL']}/{seconds}").close()


def expected(name):
    return json.loads((EXPECTED / f"{name}.json").read_text("utf-8"))


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def same(model, wanted, path="body"):
    """Every field that the model declares has its type and the wanted value.

    What is not wanted is absent. A value that the SDK does not know would have
    become `outdated_sdk_version`, which is never wanted.
    """
    unknown = set(wanted) - set(model.attribute_map.values())
    assert not unknown, f"{path} has no {unknown}"
    for attribute, kind in model.swagger_types.items():
        name = model.attribute_map[attribute]
        _same(getattr(model, attribute), kind, wanted.get(name), f"{path}.{name}")


def _same(value, kind, wanted, path):
    if wanted is None:
        assert value is None, f"{path} is {value!r}"
    elif kind.startswith("list["):
        assert type(value) is list and len(value) == len(wanted), f"{path} is {value!r}"
        for index, pair in enumerate(zip(value, wanted)):
            _same(pair[0], kind[len("list[") : -1], pair[1], f"{path}[{index}]")
    elif kind == "datetime":
        assert value.tzinfo is not None and value == instant(wanted), f"{path} is {value!r}"
    elif kind == "date":
        assert type(value) is date and value.isoformat() == wanted, f"{path} is {value!r}"
    elif kind in PLAIN:
        assert type(value) is PLAIN[kind] and value == wanted, f"{path} is {value!r}"
    else:
        assert type(value).__name__ == kind, f"{path} is a {type(value)}"
        same(value, wanted, path)


def refused(status, code, call, /, *arguments, **named):
    """The refusal of a call: its body, once all that every refusal has is checked."""
    try:
        answer = call(*arguments, **named)
    except pc.rest.ApiException as refusal:
        assert refusal.status == status, refusal
        assert refusal.headers["Content-Type"] == "application/json", refusal
        body = json.loads(refusal.body)
        assert (body["status"], body["code"]) == (status, code), refusal
        assert body["message"], refusal
        assert body["contextId"] == refusal.headers["ININ-Correlation-Id"], refusal
        return refusal, body
    raise AssertionError(f"not refused: {answer}")
