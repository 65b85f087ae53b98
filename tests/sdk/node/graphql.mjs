// GraphQL with the Node.js SDK, in all the ways in which it can be called.
import { Graphql } from 'node-appwrite';
import { guest, server } from './callers.mjs';
import { refusal, run } from './flow.mjs';

const CREATE = 'mutation($id: String!) { teamsCreate(teamId: $id, name: "Team") { _id name prefs { data } } }';

async function calls({ teamId }) {
  const graphql = new Graphql(server());
  const made = await graphql.mutation({ query: { query: CREATE, variables: { id: teamId } } });
  const again = await graphql.mutation({ query: { query: CREATE, variables: { id: teamId } } });
  const several = await graphql.query({ query: [
    { query: `{ teamsGet(teamId: "${teamId}") { name } }` },
    { query: 'query($id: String!) { teamsGet(teamId: $id) { total } }', variables: { id: teamId } },
  ] });
  const loose = await graphql.query({ query: `{ teamsGet(teamId: "${teamId}") { _id } }` }); // as its documentation has it
  const alone = await new Graphql(guest()).query({ query: { query: '{ accountGet { _id } localeGet { ip } }' } });
  return {
    made, again: [again.data, again.errors.map((error) => error.extensions.type)], several, loose,
    alone: [alone.data, alone.errors.length], none: await refusal(graphql.query({ query: {} })),
  };
}

await run({ calls });
