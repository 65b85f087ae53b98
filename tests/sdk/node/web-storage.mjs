// Storage with the web SDK, in pages of browsers: users put files, and pages show them.
import { createHash, randomBytes } from 'node:crypto';
import { Account, Avatars, Client, Flag, ID, ImageFormat, Locale, Permission, Query, Role, Storage } from 'appwrite';
import { Page } from './browser.mjs';
import { at, refusal, run } from './flow.mjs';

const LARGEST = 30_000_000;
const bucketId = 'photos'; // the server has made it
const md5 = (bytes) => createHash('md5').update(bytes).digest('hex');
const shown = (picture) => (picture.bytes ? [picture.type, picture.bytes.toString('base64')] : picture);
const client = () => new Client().setEndpoint(at.endpoint).setProject(at.project);

/** A browser of its own, in which somebody new has signed in. */
async function signedIn({ origin, cookies }, email) {
  const browser = new Page(origin, { cookies }).open();
  const account = new Account(client());
  await account.create({ userId: ID.unique(), email, password: 'correct horse battery' });
  await account.createEmailPasswordSession({ email, password: 'correct horse battery' });
  return browser;
}

/** The largest file there may be, and a picture of it all the way to the page. */
async function upload({ page, email }) {
  const browser = await signedIn(page, email);
  const storage = new Storage(client());
  const bytes = randomBytes(LARGEST);
  const steps = [];
  const made = await storage.createFile({
    bucketId, fileId: ID.unique(), file: new File([bytes], 'Grüße.bin'), onProgress: (step) => steps.push(step),
  });
  const one = { bucketId, fileId: made.$id };
  const got = await browser.show(storage.getFileDownload(one));
  const rest = await browser.show(storage.getFileView(one));
  await storage.deleteFile(one);
  return {
    made: [made.name, made.sizeOriginal, made.chunksTotal, made.chunksUploaded, made.$permissions.length],
    steps: steps.map((step) => [step.$id === made.$id, step.chunksUploaded]), last: [steps.at(-1).progress, steps.at(-1).sizeUploaded],
    signature: made.signature === md5(bytes), shown: [got, rest].map((each) => (each.bytes ? md5(each.bytes) === made.signature : each)),
    gone: await refusal(storage.getFile(one)),
  };
}

/** A private picture in pages of its owner, of somebody else, and of a guest. */
async function picture({ page, emails, picture: bytes }) {
  const [ada, eve] = emails;
  const home = await signedIn(page, ada);
  const storage = new Storage(client());
  const file = new File([Buffer.from(bytes, 'base64')], 'picture.png', { type: 'image/png' });
  const made = await storage.createFile({ bucketId, fileId: ID.unique(), file });
  const one = { bucketId, fileId: made.$id };
  const small = storage.getFilePreview({ ...one, width: 30, output: ImageFormat.Webp });
  const seen = { ada: shown(await home.show(small)) };

  const other = await signedIn(page, eve);
  seen.eve = shown(await other.show(small));
  const calls = [storage.getFile(one), storage.updateFile({ ...one, name: 'mine.png' }), storage.deleteFile(one)];
  seen.refused = await Promise.all(calls.map(refusal));
  const hidden = await storage.listFiles({ bucketId, queries: [Query.equal('name', 'picture.png')] });

  const nobody = new Page(page.origin, page).open();
  seen.guest = shown(await nobody.show(storage.getFileView(one)));
  home.open();
  const changed = await storage.updateFile({ ...one, name: 'all.png', permissions: [Permission.read(Role.any())] });
  seen.everybody = [shown(await nobody.show(storage.getFileView(one))), shown(await other.show(small))];
  return { seen, hidden: hidden.total, changed: [changed.name, changed.$permissions] };
}

/** What a link with a token opens. */
async function token({ page, fileId, secret }) {
  const nobody = new Page(page.origin, page).open();
  const storage = new Storage(client());
  const one = { bucketId, fileId, token: secret };
  return [storage.getFileView(one), storage.getFilePreview({ ...one, width: 30 }), storage.getFileDownload(one)].reduce(
    async (done, url) => [...(await done), shown(await nobody.show(url))], [],
  );
}

async function avatars({ page }) {
  const browser = new Page(page.origin, page).open();
  const service = new Avatars(client());
  const urls = [
    service.getInitials({ name: 'Ada', width: 60, height: 40 }), service.getQR({ text: 'https://example.com', size: 60 }),
    service.getFlag({ code: Flag.Germany, width: 60, height: 40 }),
  ];
  const pictures = await Promise.all(urls.map((url) => browser.show(url)));
  const { countries, total } = await new Locale(client().setLocale('de')).listCountries();
  return {
    pictures: pictures.map(shown), countries: [countries.length === total, countries.find((country) => country.code === 'DE').name],
  };
}

await run({ upload, picture, token, avatars });
