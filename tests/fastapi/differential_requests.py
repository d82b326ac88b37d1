"""What FastAPI makes of whole requests: where it looks for each parameter, and in which order it tells of errors."""
import typing
import urllib.parse

from pydantic import Field, TypeAdapter, ValidationError

from differential_models import Inner

REQUIRED = object()


class Parameter:
    def __init__(self, place, name, type_, default=REQUIRED, **rules):
        self.place, self.name, self.default = place, name, default
        self.many = type_ in (typing.List[int], typing.List[str])
        self.adapter = TypeAdapter(typing.Annotated[type_, Field(**rules)])
        self.is_text = "str" in str(type_)

    @property
    def key(self):
        return self.name.replace("_", "-") if self.place == "header" else self.name

    def find(self, request):
        """The received value, or None."""
        values = [value for key, value in request[self.place] if key == self.key]
        if self.many:
            return values or None
        if not values:
            return None
        value = values[0] if self.place == "header" else values[-1]
        return None if self.place == "body" and value == "" else value

    def read(self, request, errors):
        value = self.find(request)
        if value is None:
            if self.default is REQUIRED:
                errors.append({"type": "missing", "loc": [self.place, self.key], "msg": "Field required",
                               "input": None})
            return self.default
        try:
            return self.adapter.validate_python(value)
        except ValidationError as error:
            errors.extend(items_of(error, (self.place, self.key)))
            return None


def items_of(error, location):
    for one in error.errors(include_url=False):
        item = {"type": one["type"], "loc": [*location, *one["loc"]], "msg": one["msg"], "input": one["input"]}
        yield {**item, "ctx": one["ctx"]} if "ctx" in one else item


WHOLE = [
    Parameter("path", "p", int, ge=1), Parameter("query", "q", typing.Optional[str], None, max_length=5),
    Parameter("query", "n", int, 7, le=100), Parameter("query", "l", typing.List[int], [], max_length=3),
    Parameter("query", "f", typing.Optional[float], None, gt=0, lt=1e6),
    Parameter("header", "x_token", str, "none", min_length=2), Parameter("header", "x_tag", typing.List[str], []),
    Parameter("cookie", "c", typing.Optional[int], None),
]
NEEDS = [
    Parameter("path", "p", int), Parameter("query", "q", str), Parameter("query", "n", int),
    Parameter("query", "l", typing.List[int]), Parameter("header", "x_token", str), Parameter("cookie", "c", int),
]
BOTH = [Parameter("path", "p", int), Parameter("query", "n", int, 7)]
FORM = [
    Parameter("body", "a", str, min_length=2), Parameter("body", "n", int, 3),
    Parameter("body", "l", typing.List[int], []), Parameter("body", "f", typing.Optional[float], None, ge=0.5),
]


def parsed(text):
    return urllib.parse.parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace")


def answer(parameters, request):
    """(values by name, errors)"""
    errors = []
    return {one.name: one.read(request, errors) for one in parameters}, errors


def group(model, place, pairs):
    """(values, errors) of a model of parameters."""
    given = {}
    for name, field in model.model_fields.items():
        values = [value for key, value in pairs if key == name]
        if field.annotation in (typing.List[int],):
            if values:
                given[name] = values
        elif values and not (place == "body" and values[-1] == ""):
            given[name] = values[-1]
    for key, value in pairs:
        if key not in model.model_fields:
            others = [other for name, other in pairs if name == key]
            given[key] = others if len(others) > 1 else value
    try:
        return model.model_validate(given).model_dump(mode="json"), []
    except ValidationError as error:
        return None, list(items_of(error, (place,)))


class Maker:
    """Requests at random. `texts` gives a value's text."""

    def __init__(self, mutator):
        self.mutator = mutator
        self.random = mutator.random
        self.texts = mutator.any_text

    def pairs(self, names, values):
        self.mutator.calm = self.random.random() < 0.7
        made = []
        for name in names:
            how = self.random.random()
            for _ in range(0 if how < 0.25 else 1 if how < 0.75 else self.random.randrange(2, 5)):
                made.append((name, values(name)))
        self.random.shuffle(made)
        return made

    def plain(self, _=None):
        """A value that a header or a cookie may have, and that is not unquoted."""
        return "".join(c for c in self.texts() if " " <= c <= "~" and c not in ';,"\\')[:60].strip()

    def encode(self, pairs):
        quote = self.random.choice((urllib.parse.quote_plus, urllib.parse.quote))
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)

    def request(self, prefix, queries=(), headers=(), cookies=()):
        path = self.texts().replace("/", "") or "5"
        if path in (".", ".."):
            path = "5"
        query = self.encode(self.pairs(queries, lambda _: self.texts()))
        fields = self.pairs(headers, self.plain)
        crumbs = [(name, self.plain()) for name in cookies if self.random.random() < 0.8]
        target = prefix + urllib.parse.quote(path, safe="") + ("?" + query if query else "")
        sent = list(fields)
        if crumbs:
            sent.append(("cookie", "; ".join(f"{name}={value}" for name, value in crumbs)))
        self.random.shuffle(sent)
        received = [field for field in sent if field[0] != "cookie"]
        return target, sent, {"path": [("p", path)], "query": parsed(query), "header": received, "cookie": crumbs}


def response_of_inner(values, body):
    return Inner(a=values["p"], b=body.b, c=body.c).model_dump(mode="json")

