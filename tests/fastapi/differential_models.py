"""The models of contract_app and differential_app in Python, for differential.py."""
import datetime
import decimal
import enum
import typing
import uuid

from pydantic import BaseModel, ConfigDict, Field

try:
    from pydantic import EmailStr

    class Contact(BaseModel):
        address: EmailStr
except ImportError:  # without the package email-validator 2
    Contact = None


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


class Inner(BaseModel):
    a: int = 1
    b: typing.Optional[int] = 2
    c: typing.List[int]


class Initialised(BaseModel):
    o: typing.Optional[int] = 5
    tags: typing.List[str]
    scores: typing.Dict[str, int]
    nested: Inner
    sizes: typing.List[int] = [1, 2]
    maybe: typing.Optional[Inner] = Inner(a=100, b=200, c=[300])
    ratio: typing.Optional[float] = 0.5


class Bounded(BaseModel):
    ratio: float = Field(ge=0.1, lt=0.7)
    step: float = Field(0.5, multiple_of=0.1)
    share: float = Field(0.25, gt=0.1, le=0.7)
    small: int = Field(7, ge=0, le=255)
    large: int = Field(2**63, ge=2**63, lt=2**64 - 1)
    even: int = Field(2, multiple_of=2)


class Account(BaseModel):
    name: str
    price: decimal.Decimal
    length: datetime.timedelta
    password: str = "secret"
    age: typing.Optional[int] = 4
    more: Inner


class Shown(BaseModel):
    name: str = Field(min_length=2)
    price: decimal.Decimal
    length: datetime.timedelta
    age: typing.Optional[int] = None
    more: Inner
    level: int = 3


class Filter(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int = Field(100, gt=0, le=100)
    word: typing.Optional[str] = "none"
    ids: typing.List[int] = [1]
    deep: bool = False
