"""A function with Appwrite's own SDK: it says what it is called with, and writes a receipt for every order."""

import json
import os

from appwrite.client import Client
from appwrite.exception import AppwriteException
from appwrite.services.account import Account
from appwrite.services.tables_db import TablesDB


def main(context):
    req, res = context.req, context.res
    context.log("Called by", req.headers["x-appwrite-trigger"], {"path": req.path})
    if req.headers["x-appwrite-trigger"] == "event":
        return receipt(context)
    if req.path == "/fail":
        context.error("It cannot be done.")
        raise ValueError("no such thing")
    if req.path == "/settings":
        return res.json({name: os.environ.get(name) for name in (req.query["names"]).split(",")})
    if req.path == "/me":
        return res.json(Account(client().set_jwt(req.headers["x-appwrite-user-jwt"])).get().to_dict())
    seen = {"method": req.method, "path": req.path, "query": req.query, "body": req.body, "text": req.body_text}
    headers = {name: text for name, text in req.headers.items() if name.startswith("x-shop-")}
    return res.json(seen | {"headers": headers, "user": req.headers["x-appwrite-user-id"]}, 201, {"x-answer": "yes"})


def client():
    """The API, for nobody in particular."""
    endpoint, project = os.environ["APPWRITE_FUNCTION_API_ENDPOINT"], os.environ["APPWRITE_FUNCTION_PROJECT_ID"]
    return Client().set_endpoint(endpoint).set_project(project)


def receipt(context):
    """Write a row of its own for a row that has been made, with the key of this execution."""
    tables = TablesDB(client().set_key(context.req.headers["x-appwrite-key"]))
    order, event = context.req.body, context.req.headers["x-appwrite-event"]
    tables.create_row("shop", "receipts", order["$id"], {"event": event, "total": order["price"] * 2})
    try:
        tables.create("more", "More")
    except AppwriteException as refusal:
        context.log(json.dumps([refusal.code, refusal.type]))
    return context.res.empty()
