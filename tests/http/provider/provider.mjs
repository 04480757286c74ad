// A certified OpenID provider for tests, on loopback. It prints its port once it listens.
// POST /rotate replaces the signing key; a token for a person is had with the grant "urn:test:person".
import {createServer} from "node:http";
import {generateKeyPairSync, randomUUID} from "node:crypto";
import {Provider} from "oidc-provider";

const port = Number(process.argv[2]);
const audience = process.argv[3];
const issuer = `http://127.0.0.1:${port}`;
const grant = "urn:test:person";

function signingKey() {
  const {privateKey} = generateKeyPairSync("ec", {namedCurve: "P-256"});
  return {...privateKey.export({format: "jwk"}), kid: randomUUID(), use: "sig", alg: "ES256"};
}

function makeProvider(keys) {
  const provider = new Provider(issuer, {
    jwks: {keys},
    cookies: {keys: ["only for tests"]},
    clients: [{
      client_id: "tool", client_secret: "for tests only", grant_types: [grant],
      redirect_uris: [], response_types: [], id_token_signed_response_alg: "ES256",
    }],
    findAccount: (_context, id) => ({accountId: id, claims: () => ({sub: id})}),
    features: {
      devInteractions: {enabled: false},
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: "search", audience: resource, accessTokenFormat: "jwt", accessTokenTTL: 3600,
          jwt: {sign: {alg: "ES256"}},
        }),
      },
    },
    extraTokenClaims: (context) => context.oidc.entities.wanted ?? {},
  });
  provider.registerGrantType(grant, async (context) => {
    const {AccessToken, ResourceServer} = provider;
    const {client, params} = context.oidc;
    const asked = JSON.parse(params.wanted);
    const resource = params.for_audience || audience;
    const token = new AccessToken({accountId: asked.preferred_username, client, expiresWithSession: false,
      grantId: randomUUID(), gty: grant, scope: "search"});
    token.resourceServer = new ResourceServer(resource, {
      audience: resource, accessTokenFormat: "jwt", accessTokenTTL: Number(params.seconds || 3600),
      scope: "search", jwt: {sign: {alg: "ES256"}},
    });
    context.oidc.entity("wanted", asked);
    context.body = {access_token: await token.save(), token_type: "Bearer"};
  }, ["wanted", "for_audience", "seconds"]);
  return provider.callback();
}

let answer = makeProvider([signingKey()]);
const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/rotate") {
    answer = makeProvider([signingKey()]);
    response.end();
  } else {
    answer(request, response);
  }
});
server.listen(port, "127.0.0.1", () => console.log("listening"));
