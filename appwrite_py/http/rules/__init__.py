"""Parameter rules: one class per kind of the contract. `http/params.py` names the types that signatures use."""

from appwrite_py.http.rules.base import Invalid, Rule
from appwrite_py.http.rules.compute import Body, Headers, Specification
from appwrite_py.http.rules.events import Event, FunctionEvent
from appwrite_py.http.rules.files import File, Folder
from appwrite_py.http.rules.network import Domain, Email, Hostname, Ip, MockNumber, Phone, PublicDomain, Url
from appwrite_py.http.rules.numbers import Boolean, Float, Integer, Numeric, Range
from appwrite_py.http.rules.password import NewPassword, Password
from appwrite_py.http.rules.redirect import RedirectUrl
from appwrite_py.http.rules.spatial import Spatial
from appwrite_py.http.rules.structures import Assoc, Datetime, Json, ListOf, Object, Permissions, Queries, Roles
from appwrite_py.http.rules.text import Base64, Cron, CustomId, HexColor, Key, OneOf, ProjectId, Text, Uid

__all__ = [
    "Assoc",
    "Base64",
    "Body",
    "Boolean",
    "Cron",
    "CustomId",
    "Datetime",
    "Domain",
    "Email",
    "Event",
    "File",
    "Float",
    "Folder",
    "FunctionEvent",
    "Headers",
    "HexColor",
    "Hostname",
    "Integer",
    "Invalid",
    "Ip",
    "Json",
    "Key",
    "ListOf",
    "MockNumber",
    "NewPassword",
    "Numeric",
    "Object",
    "OneOf",
    "Password",
    "Permissions",
    "Phone",
    "ProjectId",
    "PublicDomain",
    "Queries",
    "Range",
    "RedirectUrl",
    "Roles",
    "Rule",
    "Spatial",
    "Specification",
    "Text",
    "Uid",
    "Url",
]
