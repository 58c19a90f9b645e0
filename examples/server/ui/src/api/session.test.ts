import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("document", { querySelector: () => ({ content: "http://server" }) }));
const { Session } = await import("./session");

const acme = "acme";
const homes: Record<string, string> = { admin: "default", bob: acme };
const grants = new Set<string>();

/** A server with the cookie of one browser, which notes who writes, and where. */
let cookie: { user: string; tenant: string } | undefined;
let issued = 0;
let ended = 0;
let made: string[];

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  const body = request.method === "POST" ? ((await request.json().catch(() => ({}))) as Record<string, string>) : {};
  const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? "";
  const [user = "", tenant = "", number] = token.split(" ");
  const give = (to: typeof cookie) => ((cookie = to), Response.json({ access_token: `${to!.user} ${to!.tenant} ${++issued}`, expires_in: 900 }));
  const no = (status: number) => Response.json({ title: "no" }, { status });
  if (path === "/api/auth/login") return give({ user: body["username"]!, tenant: homes[body["username"]!]! });
  if (path === "/api/auth/refresh") return cookie ? give(cookie) : no(401);
  if (path === "/api/auth/logout") return (cookie = undefined), new Response(null, { status: 204 });
  if (Number(number) <= ended) return no(401);
  if (path === "/api/auth/me") return Response.json({ id: user, username: user, tenant_id: tenant });
  if (path === "/api/auth/switch") return homes[user] === body["tenant_id"] || grants.has(`${user} in ${body["tenant_id"]}`) ? give({ user, tenant: body["tenant_id"]! }) : no(404);
  return made.push(`${user} in ${tenant}`), Response.json({});
}

const write = (session: InstanceType<typeof Session>) => session.fetch(new Request("http://server/api/watchlists", { method: "POST", body: "{}" }));
const expireTokens = () => (ended = issued);
const endSessions = () => ((cookie = undefined), expireTokens());
let channels: BroadcastChannel[];
function open() {
  channels.push(new BroadcastChannel("tabs"));
  return new Session(channels.at(-1)!);
}

beforeEach(() => {
  cookie = undefined;
  made = [];
  channels = [];
  grants.clear();
  vi.stubGlobal("fetch", answer);
  vi.stubGlobal("navigator", {});
});
afterEach(() => channels.forEach((channel) => channel.close()));

test("a page of one user sends nothing as another who logged in in another tab", async () => {
  const first = open();
  await first.login("admin", "password");
  endSessions();
  await open().login("bob", "password");
  await expect(write(first)).rejects.toThrow("somebody else is logged in");
  await expect(write(first)).rejects.toThrow("somebody else is logged in");
  expect(first).toMatchObject({ state: "other", me: { id: "admin" }, other: { id: "bob" } });
  expect(made).toEqual([]);
});

test("what waits for a login goes on when the same user logs in", async () => {
  const session = open();
  await session.login("admin", "password");
  endSessions();
  const waiting = write(session);
  await vi.waitFor(() => expect(session.state).toBe("expired"));
  await session.login("admin", "password");
  await waiting;
  expect(made).toEqual(["admin in default"]);
});

test("what waits for a login is refused when somebody else logs in", async () => {
  const session = open();
  await session.login("admin", "password");
  endSessions();
  const waiting = expect(write(session)).rejects.toThrow("somebody else is logged in");
  await vi.waitFor(() => expect(session.state).toBe("expired"));
  await session.login("bob", "password");
  await waiting;
  expect(session.state).toBe("other");
  expect(made).toEqual([]);
});

test("what waits for a login is refused when the page is left", async () => {
  const session = open();
  await session.login("admin", "password");
  endSessions();
  const waiting = expect(write(session)).rejects.toThrow("the page was left");
  await vi.waitFor(() => expect(session.state).toBe("expired"));
  session.forget();
  await waiting;
  await session.login("bob", "password");
  expect(session.state).toBe("left");
  expect(made).toEqual([]);
});

test("what was for a tenant is not sent to the home of a user who may enter it no more", async () => {
  grants.add("admin in acme");
  const session = open();
  await session.login("admin", "password", acme);
  expect(session.me?.tenant_id).toBe(acme);
  grants.clear();
  endSessions();
  const waiting = expect(write(session)).rejects.toThrow("Nothing was sent");
  await vi.waitFor(() => expect(session.state).toBe("expired"));
  await session.login("admin", "password", acme);
  await waiting;
  expect(session).toMatchObject({ state: "other", other: { id: "admin", tenant_id: "default" } });
  expect(made).toEqual([]);
});

test("a tab stays in its tenant when another one of the same user entered another", async () => {
  grants.add("admin in acme");
  const [first, second] = [open(), open()];
  await first.login("admin", "password");
  await second.resume(acme);
  expireTokens();
  await write(first);
  await write(second);
  expect(made).toEqual(["admin in default", "admin in acme"]);
});

test("a logout in one tab ends the pages of all", async () => {
  const [first, second] = [open(), open()];
  await first.login("admin", "password");
  await second.resume(undefined);
  await second.logout();
  expect(second.state).toBe("left");
  await vi.waitFor(() => expect(first).toMatchObject({ state: "left", me: undefined }));
  await expect(write(first)).rejects.toThrow("Nothing was sent");
  expect(made).toEqual([]);
});
