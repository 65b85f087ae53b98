// Storage, avatars and locale with the Node.js SDK: as servers use it, and for users on whose behalf it acts.
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import {
  Avatars, Browser, Compression, CreditCard, Flag, ID, ImageFormat, ImageGravity, Locale, Permission, Query, Role, Storage, Tokens,
} from 'node-appwrite';
import { InputFile } from 'node-appwrite/file';
import { guest, server, user } from './callers.mjs';
import { refusal, run } from './flow.mjs';

const LARGEST = 30_000_000;
const storage = () => new Storage(server());
const hello = () => InputFile.fromPlainText('Hello, world.\n', 'hello.txt');
const md5 = (bytes) => createHash('md5').update(Buffer.from(bytes)).digest('hex');
const text = (bytes) => Buffer.from(bytes).toString();
const shown = (bytes) => Buffer.from(bytes).toString('base64');

/** A bucket whose files users may put, and see what permissions of the files say. */
async function newBucket(more = {}) {
  const permissions = [Permission.create(Role.users())];
  const { $id } = await storage().createBucket({ bucketId: ID.unique(), name: 'Own', permissions, fileSecurity: true, ...more });
  return $id;
}

async function buckets() {
  const service = storage();
  const bucketId = ID.unique();
  const made = await service.createBucket({
    bucketId, name: 'Letters', permissions: [Permission.read(Role.any())], fileSecurity: true, maximumFileSize: 1000,
    allowedFileExtensions: ['txt'], compression: Compression.Gzip, encryption: false, antivirus: false, transformations: false,
  });
  const same = JSON.stringify(await service.getBucket({ bucketId })) === JSON.stringify(made);
  const put = (file) => service.createFile({ bucketId, fileId: ID.unique(), file });
  const large = await refusal(put(InputFile.fromPlainText('a'.repeat(1001), 'a.txt')));
  const kind = await refusal(put(InputFile.fromPlainText('GIF', 'a.gif')));
  const { compression } = await put(hello());
  const changed = await service.updateBucket({ bucketId, name: 'Parcels', enabled: false });
  const { buckets: found } = await service.listBuckets({ queries: [Query.equal('name', 'Parcels')] });
  await service.deleteBucket({ bucketId });
  return {
    made: [made.$id === bucketId, made.name, made.$permissions, made.maximumFileSize, made.allowedFileExtensions, made.compression],
    same, large, kind, compression, changed: [changed.name, changed.enabled, changed.maximumFileSize],
    listed: found.some((each) => each.$id === bucketId), gone: await refusal(service.getBucket({ bucketId })),
  };
}

async function files() {
  const service = storage();
  const bucketId = await newBucket();
  const at = { bucketId, fileId: 'hello' };
  const permissions = [Permission.read(Role.any()), Permission.update(Role.users())];
  const made = await service.createFile({ ...at, file: hello(), permissions });
  const taken = await refusal(service.createFile({ ...at, file: hello() }));
  const other = await service.createFile({ bucketId, fileId: ID.unique(), file: InputFile.fromBuffer(Buffer.from('{}'), 'Grüße „2“.json') });
  const listed = await service.listFiles({ bucketId, queries: [Query.orderAsc('sizeOriginal'), Query.limit(1)] });
  const { files: found } = await service.listFiles({ bucketId, queries: [Query.equal('mimeType', 'text/plain')], search: 'hello' });
  const changed = await service.updateFile({ ...at, name: 'bye.txt', permissions: [Permission.read(Role.users())] });
  const bytes = [await service.getFileDownload(at), await service.getFileView(at)].map(text);
  const data = { bucketId, fileId: other.$id };
  const json = [await service.getFileDownload(data), text(await service.getFileView(data))]; // the SDK reads what is called JSON
  await service.deleteFile(at);
  return {
    made: [made.name, made.key, made.mimeType, made.sizeOriginal, made.chunksUploaded, made.$permissions, made.signature],
    taken, other: other.name, listed: [listed.total, listed.files.map((file) => file.name)], found: found.map((file) => file.$id),
    changed: [changed.name, changed.$permissions], bytes, json, gone: await refusal(service.getFile(at)),
  };
}

/** The largest file there may be: of bytes in memory, or from a path. */
async function chunks({ path }) {
  const service = storage();
  const bucketId = await newBucket();
  const bytes = randomBytes(LARGEST);
  if (path) writeFileSync(path, bytes);
  const steps = [];
  const made = await service.createFile({
    bucketId, fileId: ID.unique(), file: path ? InputFile.fromPath(path, 'film.bin') : InputFile.fromBuffer(bytes, 'film.bin'),
    onProgress: (step) => steps.push(step),
  });
  const fileId = made.$id;
  const got = await service.getFileDownload({ bucketId, fileId });
  return {
    made: [made.name, made.sizeOriginal, made.mimeType, made.chunksTotal, made.chunksUploaded],
    steps: steps.map((step) => [step.$id === fileId, step.chunksUploaded, step.chunksTotal]), last: steps.at(-1).progress,
    same: [made.signature === md5(bytes), md5(got) === made.signature],
  };
}

/** Pictures, for whoever looks at them. */
async function previews({ picture }) {
  const service = storage();
  const bucketId = await newBucket();
  const at = { bucketId, fileId: 'picture' };
  await service.createFile({ ...at, file: InputFile.fromBuffer(Buffer.from(picture, 'base64'), 'picture.png') });
  const preview = async (look = {}) => shown(await service.getFilePreview({ ...at, ...look }));
  return {
    view: shown(await service.getFileView(at)), whole: await preview(), half: await preview({ width: 150 }),
    left: await preview({ width: 50, height: 50, gravity: ImageGravity.Left, quality: 90, output: ImageFormat.Jpg }),
    framed: await preview({ width: 90, height: 60, borderWidth: 5, borderColor: '00ff00', output: ImageFormat.Webp }),
    refused: await refusal(service.getFilePreview({ ...at, width: 4001 })),
  };
}

async function tokens() {
  const service = new Tokens(server());
  const anybody = new Storage(guest());
  const at = { bucketId: await newBucket(), fileId: 'hello' };
  await storage().createFile({ ...at, file: hello() });
  const closed = await refusal(anybody.getFileView(at));
  const { $id: tokenId, ...made } = await service.createFileToken({ ...at, expire: '2999-01-01T00:00:00.000+00:00' });
  const open = [await anybody.getFileView({ ...at, token: made.secret }), await anybody.getFileDownload({ ...at, token: made.secret })];
  const listed = await service.list(at);
  const changed = await service.update({ tokenId });
  await service.delete({ tokenId });
  return {
    closed, made: [made.resourceId === `${at.bucketId}:hello`, made.resourceType, made.expire], open: open.map(text),
    listed: [listed.total, listed.tokens[0].$id === tokenId], changed: changed.expire,
    ended: await refusal(anybody.getFileView({ ...at, token: changed.secret })), gone: await refusal(service.get({ tokenId })),
  };
}

async function permissions({ emails }) {
  const [ada, eve] = await Promise.all(emails.map(async (email) => new Storage(await user(email))));
  const bucketId = await newBucket();
  const { $id: fileId, ...made } = await ada.createFile({ bucketId, fileId: ID.unique(), file: hello() });
  const at = { bucketId, fileId };
  const refused = {};
  for (const [name, other] of [['eve', eve], ['guest', new Storage(guest())]]) {
    const { total } = await other.listFiles({ bucketId });
    const calls = [other.getFile(at), other.getFileView(at), other.updateFile({ ...at, name: 'mine.txt' }), other.deleteFile(at)];
    refused[name] = [total, ...(await Promise.all(calls.map(refusal)))];
  }
  await ada.updateFile({ ...at, permissions: [Permission.read(Role.users())] });
  return {
    made: made.$permissions.length, refused, shared: text(await eve.getFileView(at)),
    put: await refusal(new Storage(guest()).createFile({ bucketId, fileId: ID.unique(), file: hello() })),
  };
}

async function avatars() {
  const service = new Avatars(guest());
  const size = { width: 60, height: 40 };
  const pictures = {
    initials: service.getInitials({ name: 'Ada Lovelace', background: 'ff0000', ...size }), qr: service.getQR({ text: 'https://example.com', size: 210 }),
    flag: service.getFlag({ code: Flag.Germany, ...size }), browser: service.getBrowser({ code: Browser.MozillaFirefox, ...size }),
    card: service.getCreditCard({ code: CreditCard.Visa, ...size }),
  };
  return Object.fromEntries(await Promise.all(Object.entries(pictures).map(async ([name, picture]) => [name, shown(await picture)])));
}

async function locale() {
  const service = new Locale(guest());
  const german = new Locale(guest().setLocale('de'));
  const named = ({ countries }) => countries.find((country) => country.code === 'DE').name;
  const lists = [
    await service.listCountries(), await service.listCountriesEU(), await service.listCountriesPhones(), await service.listContinents(),
    await service.listCurrencies(), await service.listLanguages(), await service.listCodes(),
  ];
  return {
    ip: (await service.get()).ip, germany: [named(lists[0]), named(await german.listCountries())],
    whole: lists.map(({ total, ...list }) => Object.values(list)[0].length === total && total > 6),
  };
}

await run({ buckets, files, chunks, previews, tokens, permissions, avatars, locale });
