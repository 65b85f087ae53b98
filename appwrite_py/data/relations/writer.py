"""Writing documents together with those they are linked with, a level of relationships at a time.

Foreign keys are checked at the end of the unit of work, so the order of statements is free: related documents of
links that lie here come first, since the document's own row holds the link; the others come behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from appwrite_py.data import changes, drafts, operators
from appwrite_py.data.assign import Change, settled
from appwrite_py.data.author import Author
from appwrite_py.data.compile import TABLE, Searcher
from appwrite_py.data.failures import Denied, IdTaken, NotThere, NotUnique
from appwrite_py.data.names import quoted
from appwrite_py.data.operators import Operator
from appwrite_py.data.pg import Transaction, Work
from appwrite_py.data.query import Plan
from appwrite_py.data.relations import items, load, remove
from appwrite_py.data.relations.items import Item
from appwrite_py.data.relations.relation import Relation
from appwrite_py.data.schema import Collection, Document, qualified
from appwrite_py.data.selection import Selection
from appwrite_py.data.writes import Writer

SHOWN_DEPTH = 2
"""How many levels of related documents the answer to a write shows."""
_CHECK_LINKS = "SET CONSTRAINTS ALL IMMEDIATE"


class Wanted(NamedTuple):
    """A document to be created with the permissions `granted`, which its author has been found to may grant."""

    id: str
    data: dict[str, Any]
    granted: list[str]


class Upserted(NamedTuple):
    """A document to be changed, or created if it is not there; without permissions it keeps its own."""

    id: str
    data: dict[str, Any]
    permissions: Sequence[str] | None = None


class Links(NamedTuple):
    """What documents of one collection are to be linked with through one relationship: items by document.

    lost: the links that an operator takes away; otherwise a list replaces all that were there.
    """

    relation: Relation
    other: Collection
    by_owner: dict[str, list[Item]]
    lost: list[str] | None = None


class LinkedWriter(Writer):
    """A writer that follows relationships. It needs a unit of work, since it takes several statements."""

    def __init__(self, work: Work, author: Author) -> None:
        super().__init__(Transaction(work), author)
        self.work = work
        self._along = set[Collection]()
        """The collections of which documents were written along with others."""

    # --- the whole of a change ----------------------------------------------------------------------------------
    async def create(
        self, collection: Collection, wanted: Sequence[Wanted], verb: str = changes.CREATE
    ) -> list[Document]:
        """Create documents with what they are linked with; all of it is in the answer."""
        made = await self._create(collection, wanted, verb, 0)
        return await self._finished(collection, made)

    async def update(self, collection: Collection, document_id: str, change: Change) -> Document:
        """Change one document and what it is linked with. A list of links replaces the one there is."""
        made = await self._update_linked(collection, document_id, change, 0)
        return (await self._finished(collection, [made]))[0]

    async def upsert(self, collection: Collection, wanted: Sequence[Upserted]) -> list[Document]:
        """Change the documents that are there, and create the others. Raises IdTaken if one is named twice."""
        if len({one.id for one in wanted}) < len(wanted):
            raise IdTaken
        known = await self._known(collection, [one.id for one in wanted])
        new = [
            Wanted(one.id, await self._plain(collection, one.data), self.author.granted_to_new(one.permissions))
            for one in wanted if one.id not in known
        ]  # fmt: skip
        made = {one["$id"]: one for one in (await self._create(collection, new, "upsert", 0) if new else [])}
        there = {one.id: Change(one.data, one.permissions, "upsert") for one in wanted if one.id in known}
        made |= await self._update_several(collection, there, 0)
        return await self._finished(collection, [made[one.id] for one in wanted])

    async def delete(self, collection: Collection, document_id: str) -> Document:
        """Delete one document; its relationships say what becomes of those it is linked with. Raises Restricted."""
        searcher = Searcher(collection, [document_id], self.author.reader)
        where = " AND ".join([f"{TABLE}._id = $1", *searcher.allowed("delete")])
        found = await self.work.write(
            f"SELECT 1 FROM {collection.table} AS {TABLE} WHERE {where} FOR UPDATE", *searcher.args
        )
        if not found:
            await self.refuse(collection, document_id, "delete")
        await remove.follow(self, collection, [document_id])
        return await self.delete_one(collection, document_id)

    async def delete_found(self, collection: Collection, plan: Plan) -> list[Document]:
        """Delete all documents that a plan finds, and follow their relationships."""
        if not collection.relations:
            return await self.delete_all(collection, plan)
        plan = await self.settled(collection, plan, "delete")
        searcher = Searcher(collection, reader=self.author.reader)
        where = " AND ".join([*self._found(collection, plan, searcher, "delete"), *searcher.allowed("delete")])
        rows = await self.work.write(
            f"SELECT _id FROM {collection.table} AS {TABLE} WHERE {where or 'true'} ORDER BY _id FOR UPDATE",
            *searcher.args,
        )
        found = [row[0] for row in rows]
        await remove.follow(self, collection, found)
        # By their ids: filters through relationships may not find them any more.
        return await self.delete_these(collection, found, several=True) if found else []

    async def check_links(self) -> None:
        """Insist now that all linked documents exist, so that an error is still the request's."""
        await self.work.define(_CHECK_LINKS)

    async def _finished(self, collection: Collection, documents: list[Document]) -> list[Document]:
        if collection.relations:
            await self.check_links()
            if collection in self._along:  # what was written first may be another one by now
                documents = await self._again(collection, [one["$id"] for one in documents])
            shown = Selection.everything(collection, SHOWN_DEPTH)
            try:
                await load.attach(self.source, documents, shown, self.author.reader)
            except load.TooManyRelated:  # which must not keep anybody from writing: answered as lists show it
                return await self._again(collection, [one["$id"] for one in documents])
        return documents

    async def _again(self, collection: Collection, ids: list[str]) -> list[Document]:
        sql = f"SELECT {collection.whole.columns} FROM {collection.table} WHERE _id = ANY($1::text[])"
        found = {row[0]: collection.whole.document(row) for row in await self.work.write(sql, ids)}
        return [found[id_] for id_ in ids]

    # --- creating -----------------------------------------------------------------------------------------------
    async def _create(self, collection: Collection, wanted: Sequence[Wanted], verb: str, depth: int) -> list[Document]:
        granted = {one.id: one.granted for one in wanted}
        here: dict[str, dict[str, str]] = {one.id: {} for one in wanted}
        links = [self._read(collection, key, wanted, depth) for key in _named(collection, wanted)]
        for link in links:
            if link.relation.place == "here":
                for owner, related in await self._settle(link, granted, depth):
                    here[owner][link.relation.key] = related
        documents = [drafts.new(self.author, collection, one.id, one.data, one.granted, verb) for one in wanted]
        columns = sorted({column for columns in here.values() for column in columns})
        for document, one in zip(documents, wanted, strict=True):
            document.row |= dict.fromkeys(columns) | here[one.id]
        made = await self.insert(collection, documents, verb, columns)
        for link in links:
            if link.relation.place != "here":
                await self._link(link, await self._settle(link, granted, depth))
        return made

    async def _plain(self, collection: Collection, data: dict[str, Any]) -> dict[str, Any]:
        return await settled(self.source, self.author, collection, data)

    def _read(self, collection: Collection, key: str, wanted: Sequence[Wanted], depth: int) -> Links:
        relation = collection.relations[key]
        found = {one.id: items.read(relation, one.data[key], depth, creating=True) for one in wanted if key in one.data}
        return Links(relation, collection.other(relation), found)

    # --- updating -----------------------------------------------------------------------------------------------
    async def _update_linked(self, collection: Collection, document_id: str, change: Change, depth: int) -> Document:
        links = []
        for key in (key for key in collection.relations if key in change.data):
            relation, value, lost = collection.relations[key], change.data[key], None
            operator = operators.parse(value) if relation.many else None
            if operator is not None:
                value, lost = await self._applied(collection, document_id, relation, operator)
            found = items.read(relation, value, depth, creating=change.verb == "upsert")
            links.append(Links(relation, collection.other(relation), {document_id: found}, lost))
        inherited = await self._inherited(collection, document_id, change, links)
        for link in links:
            if link.relation.place == "here":
                settled = await self._settle(link, inherited, depth)
                change.links[link.relation.key] = settled[0][1] if settled else None
        made = await self.update_one(collection, document_id, change)
        inherited = {document_id: made["$permissions"]}
        for link in links:
            if link.relation.place != "here":
                settled = await self._settle(link, inherited, depth)
                # The list of an upsert adds links, and takes none away.
                if change.verb != "upsert" or not link.relation.many or link.lost is not None:
                    await self._unlink(link, document_id, [related for _, related in settled])
                await self._link(link, settled)
        return made

    async def _update_several(
        self, collection: Collection, wanted: dict[str, Change], depth: int
    ) -> dict[str, Document]:
        made = await self.update_each(collection, wanted)
        for id_, change in wanted.items():
            if id_ not in made:
                made[id_] = await self._update_linked(collection, id_, change, depth)
        return made

    async def _inherited(
        self, collection: Collection, document_id: str, change: Change, links: list[Links]
    ) -> dict[str, list[str]]:
        """The permissions that new documents get that are linked from here: those that this one will have itself."""
        granted, here = self.author.granted(change.permissions), [one for one in links if one.relation.place == "here"]
        if granted is None and any(item.data is not None for link in here for item in link.by_owner[document_id]):
            sql = f"SELECT _permissions FROM {collection.table} WHERE _id = $1 FOR NO KEY UPDATE"
            rows = await self.work.write(sql, document_id)
            if not rows:
                raise NotThere
            granted = rows[0][0]
        return {document_id: granted or []}

    async def _applied(
        self, collection: Collection, document_id: str, relation: Relation, operator: Operator
    ) -> tuple[list[Any], list[str]]:
        """What an operator adds to the links that there are now, and which it takes away.

        All others stay, also those that somebody else adds meanwhile, or that the author may not see.
        """
        linked = sorted(await remove.linked(self, collection, relation, [document_id]))
        made = items.applied(relation, operator, linked)
        return [one for one in made if one not in linked], [one for one in linked if one not in made]

    # --- links --------------------------------------------------------------------------------------------------
    async def _settle(self, link: Links, inherited: dict[str, list[str]], depth: int) -> list[tuple[str, str]]:
        """Write the documents that come with data; pairs of document and linked document, of those there are."""
        self._along.add(link.other)
        pairs = [(owner, item) for owner, found in link.by_owner.items() for item in found]
        if not pairs:
            return []
        given = [(owner, item) for owner, item in pairs if item.data is not None]
        await self._put(link, given, inherited, depth + 1)
        named = {item.id for _, item in pairs if item.data is None}
        there = await self._visible(link, list(named))
        if named - there and not self.author.reader.trusted:
            there |= named & await self._linked(link)  # who cannot see them may leave them as they are
        there |= {item.id for _, item in given}
        if link.relation.place == "here" and link.relation.related == link.relation.owner:
            there |= inherited.keys()  # documents of the same request, which are not written yet
        return [(owner, item.id) for owner, item in pairs if item.id in there]

    async def _put(
        self, link: Links, given: list[tuple[str, Item]], inherited: dict[str, list[str]], depth: int
    ) -> None:
        """Create the documents that are not there, and change those that are, or that have just been created."""
        if not given:
            return
        known = await self._known(link.other, [item.id for _, item in given])
        new, there, again = dict[str, Wanted](), dict[str, Change](), list[tuple[str, Change]]()
        for owner, item in given:
            assert item.data is not None
            change = Change(item.data, item.permissions)
            if item.id in there or item.id in new:
                again.append((item.id, change))
            elif item.id in known:
                there[item.id] = change
            else:
                granted = self.author.granted(item.permissions)
                made_for = inherited.get(owner, []) if granted is None else granted
                new[item.id] = Wanted(item.id, item.data, made_for)
        await self._update_several(link.other, there, depth)
        if new:
            await self._create(link.other, list(new.values()), changes.CREATE, depth)
        for id_, change in again:
            await self._update_linked(link.other, id_, change, depth)

    async def _known(self, collection: Collection, ids: list[str]) -> set[str]:
        """Which of these documents there are."""
        sql = f"SELECT _id FROM {collection.table} WHERE _id = ANY($1::text[]) ORDER BY _id FOR UPDATE"
        return {row[0] for row in await self.work.write(sql, ids)}

    async def _linked(self, link: Links) -> set[str]:
        """The documents that these are linked with now."""
        owner = link.other.peers.get(link.relation.owner, link.other)
        return await remove.linked(self, owner, link.relation, link.by_owner)

    async def _visible(self, link: Links, wanted: list[str]) -> set[str]:
        """Which of these documents there are for the author: links to others are left out.

        They are locked as the link will need it, all requests in the same order, so that none waits for another that
        waits for it.
        """
        if not wanted:
            return set()
        searcher = Searcher(link.other, [wanted], self.author.reader)
        where = " AND ".join([f"{TABLE}._id = ANY($1::text[])", *searcher.allowed("read")])
        there = "UPDATE" if link.relation.exclusive else "NO KEY UPDATE"
        lock = there if link.relation.place == "there" else "KEY SHARE"
        sql = f"SELECT _id FROM {link.other.table} AS {TABLE} WHERE {where} ORDER BY _id FOR {lock}"
        return {row[0] for row in await self.work.write(sql, *searcher.args)}

    async def _link(self, link: Links, pairs: list[tuple[str, str]]) -> None:
        if not pairs:
            return
        relation = link.relation
        if relation.place == "between":
            owners, related = [owner for owner, _ in pairs], [one for _, one in pairs]
            table = qualified(link.other.database, relation.between)
            await self.work.write(
                f"INSERT INTO {table} ({relation.column}, {relation.column_of_related}) "
                "SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING", owners, related,
            )  # fmt: skip
            return
        claims = {one: owner for owner, one in pairs}  # of several the last one gets it
        if relation.exclusive and len(claims) < len(pairs):
            raise NotUnique
        args = [list(claims.values()), list(claims), self.author.now]
        searcher, column = Searcher(link.other, args, self.author.reader), f"{TABLE}.{quoted(relation.column)}"
        may = " AND ".join([*([f"{column} IS NULL"] if relation.exclusive else []), *searcher.allowed("update")])
        rows = await self.work.write(
            f"WITH m(o, r) AS (SELECT * FROM unnest($1::text[], $2::text[])), c AS ("
            f"UPDATE {link.other.table} AS {TABLE} SET {quoted(relation.column)} = m.o, "
            f"_updated_at = $3::timestamptz FROM m "
            f"WHERE {TABLE}._id = m.r AND {column} IS DISTINCT FROM m.o AND {may or 'true'} RETURNING {TABLE}._id) "
            f"SELECT count(*), count({column}) FROM m JOIN {link.other.table} AS {TABLE} ON {TABLE}._id = m.r "
            f"WHERE {column} IS DISTINCT FROM m.o AND m.r NOT IN (SELECT _id FROM c)",
            *searcher.args,
        )
        left, linked = rows[0]
        if relation.exclusive and linked:
            raise NotUnique
        if left:
            raise Denied

    async def _unlink(self, link: Links, owner: str, kept: list[str]) -> None:
        relation = link.relation
        which, named = ("<> ALL", kept) if link.lost is None else ("= ANY", link.lost)
        if relation.place == "between":
            table, related = qualified(link.other.database, relation.between), relation.column_of_related
            await self.work.write(
                f"DELETE FROM {table} WHERE {relation.column} = $1 AND {related} {which}($2::text[])", owner, named
            )
            return
        column = quoted(relation.column)
        await self.work.write(
            f"UPDATE {link.other.table} SET {column} = NULL, _updated_at = $3 "
            f"WHERE {column} = $1 AND _id {which}($2::text[])", owner, named, self.author.now,
        )  # fmt: skip


def _named(collection: Collection, wanted: Sequence[Wanted]) -> list[str]:
    """The relationships that any of the documents gives a value."""
    return [key for key in collection.relations if any(key in one.data for one in wanted)]
