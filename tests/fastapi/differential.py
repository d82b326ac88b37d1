#!/usr/bin/env python3
"""Asks contract_app and pydantic the same, many times over, and compares: beyond the recorded cases.

    differential.py <contract_app> [--count <n>] [--seed <n>] [--all]

Texts near the edges of each type are mutated at random and sent as path parameters, JSON bodies and URLs; pydantic
reads the same, and what it says is put in FastAPI's form. Needs pydantic 2 (any version in which its words are
those of 2.10, which the recorded answers are of; known changes since are made equal below); without it ends
with 77. Ends with 0 when nothing differs that is not listed in `is_known`.
"""
import argparse
import datetime
import decimal
import enum
import json
import random
import sys
import typing
import urllib.parse
import uuid
import warnings

try:
    import pydantic
    from pydantic import BaseModel, ConfigDict, HttpUrl, TypeAdapter, ValidationError
except ImportError:
    sys.exit(77)
if not pydantic.VERSION.startswith("2."):
    sys.exit(77)

import differential_seeds as seeds
import replay

warnings.simplefilter("ignore")


class Color(str, enum.Enum):
    red = "red"
    green = "green"
    blue = "blue"


class Num(enum.IntEnum):
    one = 1
    two = 2


class Item(BaseModel):
    name: str
    price: float
    qty: int = 1
    tags: typing.List[str] = []


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int


class Types(BaseModel):
    i: int = 0
    f: float = 0
    b: bool = False
    s: str = ""
    d: typing.Optional[datetime.datetime] = None
    u: typing.Optional[uuid.UUID] = None
    e: Color = Color.red
    l: typing.List[int] = []
    m: typing.Dict[str, int] = {}
    o: typing.Optional[Item] = None
    dd: typing.Optional[datetime.date] = None


PATHS = {"int": int, "float": float, "bool": bool, "uuid": uuid.UUID, "datetime": datetime.datetime,
         "date": datetime.date, "time": datetime.time, "td": datetime.timedelta, "enum": Color, "ienum": Num,
         "lit": typing.Literal["a", "b"], "dec": decimal.Decimal}
BODIES = {"/item": Item, "/items": typing.List[Item], "/strict": Strict, "/types": Types, "/scalar": int,
          "/optbody": typing.Optional[Item]}


def encoded(value):
    """FastAPI's jsonable_encoder."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        exponent = value.as_tuple().exponent
        if exponent > 4300:
            raise ValueError("too many digits for Python")
        return int(value) if exponent >= 0 else float(value)
    if isinstance(value, dict):
        return {key: encoded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encoded(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def dumped(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def expected(adapter, value, location, shape=lambda value: value):
    """What FastAPI answers: (status, body)."""
    try:
        return 200, dumped(encoded(shape(adapter.validate_python(value, from_attributes=True))))
    except ValidationError as error:
        items = []
        for one in error.errors(include_url=False):
            item = {"type": one["type"], "loc": [*location, *one["loc"]], "msg": one["msg"], "input": one["input"]}
            items.append({**item, "ctx": one["ctx"]} if "ctx" in one else item)
        try:
            return 422, dumped(encoded({"detail": items}))
        except ValueError:
            return 500, b""
    except ValueError:
        return 500, b""


OLD_UUID = "expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], ".encode()


def is_known(got, wanted):
    """Differences that are deliberate, or pydantic's own since 2.10."""
    if wanted[0] == 500 or b'"finite_number"' in got[1]:
        return True  # serval never answers a value with 500
    if OLD_UUID in got[1]:  # newer versions of the crate uuid say less, and count from behind the prefix
        return b"invalid character: found" in wanted[1]
    return False


class Mutator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, texts, alphabet):
        letters = list(self.random.choice(texts))
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            at = self.random.randrange(len(letters) + 1)
            how = self.random.random()
            if how < 0.65:
                letters[at:at + (how < 0.35)] = self.random.choice(alphabet)
            elif letters:
                del letters[min(at, len(letters) - 1)]
        return "".join(letters)

    def scalar(self):
        if self.random.random() < 0.5:
            return self.random.choice(seeds.TEXTS[self.random.choice(list(seeds.TEXTS))])[:80]
        return self.random.choice(seeds.SCALARS)

    def value(self, depth=0):
        how = self.random.random()
        if depth < 3 and how < 0.12:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        if depth < 3 and how < 0.22:
            return {self.random.choice(("a", "b", "name", "é")): self.value(depth + 1)
                    for _ in range(self.random.randrange(4))}
        return self.scalar()

    def members(self, model):
        """An object with some of a model's members, and sometimes others."""
        made = {}
        for name, field in model.model_fields.items():
            how = self.random.random()
            if how < 0.2:
                continue
            made[name] = self.value() if how < 0.6 else seeds.MEMBERS.get(name, self.scalar())
        if self.random.random() < 0.2:
            made["other"] = self.value()
        names = list(made)
        self.random.shuffle(names)
        return {name: made[name] for name in names}

    def body(self, type_):
        if self.random.random() < 0.1:
            return self.value()
        if type_ is typing.List[Item]:
            return [self.members(Item) for _ in range(self.random.randrange(4))]
        if type_ is typing.Optional[Item]:
            type_ = Item
        return self.members(type_) if isinstance(type_, type) and issubclass(type_, BaseModel) else self.value()


class Comparison:
    def __init__(self, client, show_all):
        self.client = client
        self.show_all = show_all
        self.faults = 0

    def report(self, name, count, bad):
        print(f"{name}: {count} asked, {len(bad)} differ")
        self.faults += len(bad)
        for asked, got, wanted in bad if self.show_all else bad[:5]:
            print(f"  {asked!r}\n    got      {got[0]} {got[1][:500].decode()}\n"
                  f"    pydantic {wanted[0]} {wanted[1][:500].decode()}")

    def ask(self, method, target, headers=None, body=b""):
        status, _, content = self.client.request(method, target, headers or {}, body)
        return status, content

    def paths(self, mutator, count):
        for kind, type_ in PATHS.items():
            adapter = TypeAdapter(type_)
            shape = (lambda value: {"v": value}) if kind == "float" else (lambda value: value)
            texts = seeds.TEXTS[kind]
            asked = [*texts, *(mutator.text(texts, seeds.ALPHABET) for _ in range(count))]
            asked = [text for text in asked if text not in ("", ".", "..") and "/" not in text]
            bad = []
            for text in asked:
                got = self.ask("GET", f"/{kind}/{urllib.parse.quote(text, safe='')}")
                wanted = expected(adapter, text, ("path", "v"), shape)
                if got != wanted and not is_known(got, wanted):
                    bad.append((text, got, wanted))
            self.report(kind, len(asked), bad)

    def urls(self, mutator, count):
        adapter = TypeAdapter(HttpUrl)
        bad = []
        asked = [*seeds.URLS, *(mutator.text(seeds.URLS, seeds.URL_ALPHABET) for _ in range(count))]
        for text in asked:
            got = self.ask("GET", "/url?v=" + urllib.parse.quote(text, safe=""))
            wanted = expected(adapter, text, ("query", "v"), str)
            if got != wanted:
                bad.append((text, got, wanted))
        self.report("url", len(asked), bad)

    def bodies(self, mutator, count):
        for target, type_ in BODIES.items():
            adapter = TypeAdapter(type_)
            bad = []
            for _ in range(count):
                text = json.dumps(mutator.body(type_), ensure_ascii=False)
                value = json.loads(text)
                got = self.ask("POST", target, {"content-type": "application/json"}, text.encode())
                if value is None and target != "/optbody":
                    wanted = 422, dumped({"detail": [{"type": "missing", "loc": ["body"], "msg": "Field required",
                                                      "input": None}]})
                else:
                    wanted = expected(adapter, value, ("body",))
                if got != wanted and not is_known(got, wanted):
                    bad.append((text, got, wanted))
            self.report(target, count, bad)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--count", type=int, default=150, help="mutations of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="show all differences")
    options = parser.parse_args()
    with replay.Server(options.binary) as server:
        client = replay.Client(server.port)
        comparison = Comparison(client, options.all)
        mutator = Mutator(options.seed)
        comparison.paths(mutator, options.count)
        comparison.urls(mutator, options.count)
        comparison.bodies(mutator, options.count)
        client.close()
    print(f"differential: {comparison.faults} unequal, against pydantic {pydantic.VERSION}")
    return 1 if comparison.faults else 0


if __name__ == "__main__":
    sys.exit(main())
