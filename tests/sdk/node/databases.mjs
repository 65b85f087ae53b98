// Databases and TablesDB of the Node.js SDK beyond the usual: relationships, places, several at once, operators,
// transactions.
import {
  Condition, DatabasesIndexType, Operator, Permission, Query, RelationMutate, RelationshipType, Role,
} from 'node-appwrite';
import { databasesOf, inNewDatabase, user } from './callers.mjs';
import { dataOf, refusal, run } from './flow.mjs';

const idsOf = (documents) => documents.map((document) => document.$id);
const keeper = (call, where) => async (name, queries, more = {}) =>
  idsOf(await call.list(name, { ...where, queries, ...more }));

// --- relationships -------------------------------------------------------------------------------------------------
const NAME = [{ key: 'name', type: 'string', size: 50 }];

async function withAuthors(tables, work) {
  return inNewDatabase(tables, async (call, books) => {
    const authors = { databaseId: 'db', collectionId: 'authors' };
    const tags = { databaseId: 'db', collectionId: 'tags' };
    await call('createCollection', { ...authors, name: 'Authors', attributes: NAME });
    await call('createCollection', { ...tags, name: 'Tags', attributes: NAME });
    const relate = (where, relatedCollectionId, type, more = {}) =>
      call('createRelationshipAttribute', { ...where, relatedCollectionId, type, ...more });
    return work(call, { books, authors, tags }, relate);
  }, { attributes: NAME });
}

/** Relationships of every type, changed from both sides. */
async function relationships({ tables }) {
  return withAuthors(tables, async (call, { books, authors }, relate) => {
    const answers = {};
    for (const type of Object.values(RelationshipType)) {
      const made = await relate(books, 'authors', type, { twoWay: true, key: 'to', twoWayKey: 'back' });
      const change = { key: 'to', newKey: 'towards', onDelete: RelationMutate.Cascade };
      const changed = await call('updateRelationshipAttribute', { ...books, ...change });
      const twin = await call('getAttribute', { ...authors, key: 'back' });
      await call('deleteAttribute', { ...authors, key: 'back' });
      answers[type] = {
        made: [made.type, made.status, made.relationType, made.side, made.onDelete, made[call.say('relatedCollection')]],
        changed: [changed.key, changed.onDelete],
        twin: [twin.side, twin.twoWay, twin.twoWayKey, twin.onDelete],
        gone: await refusal(call('getAttribute', { ...books, key: 'towards' })),
      };
    }
    return answers;
  });
}

/** Documents are written, read, asked and deleted through their relationships. */
async function linked({ tables }) {
  return withAuthors(tables, async (call, { books, authors }, relate) => {
    const { OneToMany, ManyToMany } = RelationshipType;
    await relate(authors, 'books', OneToMany, { twoWay: true, key: 'books', twoWayKey: 'author' });
    await relate(books, 'tags', ManyToMany, { key: 'tags', onDelete: RelationMutate.SetNull });
    const list = keeper(call, books);
    const one = { $id: 'one', name: 'One', tags: [{ $id: 'red', name: 'red' }, { $id: 'green', name: 'green' }] };
    const data = { name: 'Ada', books: [one, { $id: 'two', name: 'Two', tags: ['red'] }] };
    const made = await call('createDocument', { ...authors, documentId: 'ada', data });
    const bob = { name: 'Bob', books: [{ $id: 'three', name: 'Three' }] };
    await call('createDocument', { ...authors, documentId: 'bob', data: bob });

    const get = (select) => call('getDocument', { ...books, documentId: 'one', queries: [Query.select(select)] });
    const plain = await call('getDocument', { ...books, documentId: 'one' });
    const whole = await get(['*', 'author.*', 'tags.name']);
    const found = {
      link: await list('listDocuments', [Query.equal('author', 'ada')]),
      toOne: await list('listDocuments', [Query.equal('author.name', 'Bob')]),
      toMany: await list('listDocuments', [Query.containsAll('tags.name', ['red', 'green'])]),
      order: await list('listDocuments', [Query.orderDesc('author.name'), Query.orderDesc('name')]),
    };
    const change = { tags: ['green'], author: 'bob' };
    const changed = await call('updateDocument', { ...books, documentId: 'one', data: change });
    const restricted = await refusal(call('deleteDocument', { ...authors, documentId: 'ada' }));
    await call('updateRelationshipAttribute', { ...authors, key: 'books', onDelete: RelationMutate.Cascade });
    await call('deleteDocument', { ...authors, documentId: 'bob' });
    return {
      made: made.books.map((book) => [book.name, book.tags.map(dataOf), book[call.say('$collectionId')]]),
      plain: dataOf(plain), whole: [whole.name, dataOf(whole.author), whole.tags.map(dataOf)], found,
      changed: [changed.author.$id, idsOf(changed.tags)], restricted, left: await list('listDocuments', []),
      refused: {
        value: await refusal(call('updateDocument', { ...books, documentId: 'two', data: { author: 7 } })),
        select: await refusal(call('getDocument', { ...books, documentId: 'two', queries: [Query.select(['author.x'])] })),
      },
    };
  });
}

// --- queries -------------------------------------------------------------------------------------------------------
const PLACES = [
  { key: 'name', type: 'string', size: 50 }, { key: 'spot', type: 'point' }, { key: 'way', type: 'linestring' },
  { key: 'area', type: 'polygon' },
];
const square = (west, south) => [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]];

/** Points, lines and polygons, and every way to compare them. */
async function places({ tables, places: given }) {
  const [spot, diagonal] = [[13.4, 52.5], [[13, 53], [14, 52]]];
  const builders = {
    distanceEqual: Query.distanceEqual('spot', spot, 0),
    distanceNotEqual: Query.distanceNotEqual('spot', spot, 0),
    distanceLessThan: Query.distanceLessThan('spot', [13, 52], 100000),
    degrees: Query.distanceLessThan('spot', [13, 52], 1, false),
    distanceGreaterThan: Query.distanceGreaterThan('spot', spot, 1000000),
    intersects: Query.intersects('area', spot),
    notIntersects: Query.notIntersects('area', spot),
    crosses: Query.crosses('way', diagonal),
    notCrosses: Query.notCrosses('way', diagonal),
    overlaps: Query.overlaps('area', [square(13.5, 52.5)]),
    notOverlaps: Query.notOverlaps('area', [square(13.5, 52.5)]),
    touches: Query.touches('area', [square(14, 52)]),
    notTouches: Query.notTouches('area', [square(14, 52)]),
    equal: Query.equal('spot', [spot]),
  };
  const indexes = ['spot', 'way', 'area'].map((key) => ({ key: `by_${key}`, type: 'spatial', attributes: [key] }));
  return inNewDatabase(tables, async (call, where) => {
    const documents = Object.entries(given).map(([$id, data]) => ({ $id, ...data }));
    await call('createDocuments', { ...where, documents });
    await call('deleteIndex', { ...where, key: 'by_way' });
    await call('createIndex', { ...where, key: 'ways', type: DatabasesIndexType.Spatial, attributes: ['way'] });
    const list = keeper(call, where);
    const found = {};
    for (const [name, query] of Object.entries(builders)) found[name] = await list('listDocuments', [query]);
    const { spot: stored, way, area } = await call('getDocument', { ...where, documentId: 'paris' });
    return { found, stored: { spot: stored, way, area } };
  }, { attributes: PLACES, indexes });
}

/** The other filters, chance, and aggregates, which have no builders here. */
async function filters({ tables, books, collection }) {
  const [past, future] = ['2001-01-01T00:00:00.000+00:00', '2999-01-01T00:00:00.000+00:00'];
  const builders = {
    notBetween: Query.notBetween('pages', 200, 500),
    notStartsWith: Query.notStartsWith('title', 'The'),
    notEndsWith: Query.notEndsWith('title', 'a'),
    notContains: Query.notContains('title', 'm'),
    containsAny: Query.containsAny('tags', ['sand', 'epic']),
    containsAll: Query.containsAll('tags', ['classic', 'epic']),
    notSearch: Query.notSearch('title', 'rings'),
    createdBefore: Query.createdBefore(past),
    createdAfter: Query.createdAfter(future),
    createdBetween: Query.createdBetween(past, future),
    updatedBefore: Query.updatedBefore(past),
    updatedAfter: Query.updatedAfter(past),
    updatedBetween: Query.updatedBetween(future, future),
  };
  return inNewDatabase(tables, async (call, where) => {
    await call('createDocuments', { ...where, documents: Object.entries(books).map(([$id, data]) => ({ $id, ...data })) });
    const list = keeper(call, where);
    const found = {};
    for (const [name, query] of Object.entries(builders)) found[name] = await list('listDocuments', [query]);
    const byChance = await list('listDocuments', [Query.orderRandom()]);
    const aggregates = [{ method: 'count', values: ['n'] }, { method: 'sum', attribute: 'pages' }].map(JSON.stringify);
    const [numbers] = await call.list('listDocuments', { ...where, queries: aggregates });
    const refused = {};
    for (const query of [Query.regex('title', '^D'), Query.exists(['title']), Query.vectorDot('title', [1])]) {
      refused[JSON.parse(query).method] = await refusal(call('listDocuments', { ...where, queries: [query] }));
    }
    return { found, byChance: byChance.sort(), numbers: dataOf(numbers), refused };
  }, collection);
}

// --- writes --------------------------------------------------------------------------------------------------------
/** Several documents at once, counters and operators. */
async function writes({ tables, collection }) {
  return inNewDatabase(tables, async (call, where) => {
    const list = keeper(call, where);
    const documents = Array.from({ length: 30 }, (_, n) => ({ $id: `n${n}`, title: `Novel ${n}`, pages: n + 1 }));
    const made = await call('createDocuments', { ...where, documents });
    const short = [Query.lessThan('pages', 4)];
    const change = { rating: 1.5, pages: Operator.increment(100) };
    const changed = await call.list('updateDocuments', { ...where, data: change, queries: short });
    const wanted = [{ $id: 'n0', title: 'Changed' }, { title: 'New' }];
    const upserted = await call.list('upsertDocuments', { ...where, documents: wanted });
    const deleted = await call('deleteDocuments', { ...where, queries: [Query.startsWith('title', 'Novel')] });
    const twice = { ...where, documents: [{ $id: 'x', title: 'X' }, { $id: 'n0', title: 'Taken' }] };
    const refused = await refusal(call('createDocuments', twice));

    const one = { ...where, documentId: 'n0' };
    const counter = { ...one, attribute: 'pages' };
    const up = await call('incrementDocumentAttribute', { ...counter, value: 4, max: 105 });
    const down = await call('decrementDocumentAttribute', { ...counter, value: 5, min: 100 });
    const over = await refusal(call('incrementDocumentAttribute', { ...counter, max: 100 }));
    const start = { read: '2026-01-30T00:00:00.000+00:00', tags: ['b', 'c'], rating: 2 };
    await call('updateDocument', { ...one, data: start });
    const steps = [
      { pages: Operator.multiply(3), tags: Operator.arrayAppend(['d', 'b']), title: Operator.stringConcat('!') },
      { pages: Operator.divide(2), tags: Operator.arrayPrepend(['a']), read: Operator.dateAddDays(2) },
      { pages: Operator.modulo(100), tags: Operator.arrayInsert(1, 'x'), read: Operator.dateSubDays(1) },
      { rating: Operator.power(3), tags: Operator.arrayUnique(), title: Operator.stringReplace('Changed', 'Done') },
      { pages: Operator.decrement(10), tags: Operator.arrayRemove('x'), rating: Operator.multiply(2, 100) },
      { tags: Operator.arrayDiff(['d']) }, { tags: Operator.arrayIntersect(['a', 'b', 'z']) },
      { tags: Operator.arrayFilter(Condition.NotEqual, 'a'), pages: Operator.increment(1, 1000) },
    ];
    for (const data of steps) await call('updateDocument', { ...one, data });
    const operated = dataOf(await call('getDocument', one));
    const dated = await call('updateDocument', { ...one, data: { read: Operator.dateSetNow() } });
    return {
      made: made.total, changed: changed.map((item) => [item.$id, item.pages, item.rating]),
      upserted: upserted.map((item) => [item.title, item.pages]), deleted: deleted.total, refused,
      left: (await list('listDocuments', [])).length, counted: [up.pages, down.pages, over], operated,
      dated: dated.read > start.read,
      unfit: await refusal(call('updateDocument', { ...one, data: { title: Operator.toggle() } })),
    };
  }, collection);
}

// --- transactions --------------------------------------------------------------------------------------------------
/** Staged both ways, seen from inside, committed, dropped, in conflict. */
async function transactions({ tables, collection }) {
  return inNewDatabase(tables, async (call, where) => {
    const list = keeper(call, where);
    const op = (action, documentId, data) =>
      Object.fromEntries(Object.entries({ action, ...where, documentId, data }).map(([name, value]) => [call.say(name), value]));
    const begin = async (client = call) => (await client('createTransaction', { ttl: 120 })).$id;
    await call('createDocuments', { ...where, documents: [{ $id: 'dune', title: 'Dune' }, { $id: 'emma', title: 'Emma' }] });

    const transactionId = await begin();
    const staged = await call('createOperations', {
      transactionId,
      operations: [
        op('create', 'new', { title: 'New', pages: 1 }),
        op('increment', 'new', { [call.say('attribute')]: 'pages', value: 4 }),
        op('bulkUpdate', undefined, { queries: [Query.greaterThan('pages', 4)], data: { rating: 5 } }),
      ],
    });
    const inside = { ...where, transactionId };
    const update = await call('updateDocument', { ...inside, documentId: 'dune', data: { pages: 7 } });
    await call('upsertDocument', { ...inside, documentId: 'ubik', data: { title: 'Ubik' } });
    await call('deleteDocument', { ...inside, documentId: 'emma' });
    const several = await call('createDocuments', { ...inside, documents: [{ $id: 'a', title: 'A' }] });
    const counted = await call('incrementDocumentAttribute', { ...inside, documentId: 'a', attribute: 'pages' });
    const before = await list('listDocuments', []);
    const seen = await list('listDocuments', [Query.orderAsc('title')], { transactionId });
    const hidden = await refusal(call('getDocument', { ...inside, documentId: 'emma' }));
    const committed = await call('updateTransaction', { transactionId, commit: true });
    const after = await list('listDocuments', [Query.orderAsc('title')]);

    const [first, second, third] = [await begin(), await begin(), await begin()];
    for (const id of [first, second]) {
      await call('updateDocument', { ...where, documentId: 'dune', data: { pages: 9 }, transactionId: id });
    }
    await call('updateTransaction', { transactionId: first, commit: true });
    const conflict = await refusal(call('updateTransaction', { transactionId: second, commit: true }));
    await call('deleteDocument', { ...where, documentId: 'dune', transactionId: third });
    const dropped = await call('updateTransaction', { transactionId: third, rollback: true });
    const ended = await refusal(call('deleteDocument', { ...where, documentId: 'dune', transactionId: third }));
    const deleted = await call('deleteTransaction', { transactionId: third });

    const ada = databasesOf(await user(`ada-${tables}@example.com`), tables);
    const own = await begin(ada);
    await ada('updateDocument', { ...where, documentId: 'dune', data: { pages: 1 }, transactionId: own });
    const byAda = await ada('updateTransaction', { transactionId: own, commit: true });
    return {
      staged: [staged.status, staged.operations], update: [update.title, update.pages], several: several.total,
      counted: counted.pages, before, seen, hidden, committed: [committed.status, committed.operations], after, conflict,
      status: (await call('getTransaction', { transactionId: second })).status, dropped: dropped.status, ended, deleted,
      byAda: [byAda.status, (await call('getDocument', { ...where, documentId: 'dune' })).pages],
      foreign: await refusal(ada('getTransaction', { transactionId: second })),
      listed: (await ada('listTransactions', { queries: [Query.equal('status', 'committed')] })).total,
    };
  }, { ...collection, permissions: [Permission.read(Role.users()), Permission.update(Role.users())] });
}

await run({ relationships, linked, places, filters, writes, transactions });
