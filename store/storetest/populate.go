package storetest

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// names are the ids and keys of what a populated tenant has: one thing of each kind, and another user.
type names struct {
	user, username, refresh, inviteKey, tokenKey string // unique over all tenants

	session, invite, token, grantee, event, host, clientID string
	collection, key, artifact, result, chunk               string
	stage, stagedResult, stagedChunk                       string
	input                                                  [sha256.Size]byte
	savedHunt, watchlist, revision, sighting, holder       string
	day                                                    string
	hash                                                   virustotal.Hash
}

func newNames() names {
	n := names{
		session: newID(), invite: newID(), token: newID(), grantee: newID(), event: newID(), host: newID(), clientID: "C." + newID(),
		collection: newID(), key: newID(), artifact: "A." + newID(), result: newID(), chunk: newID(),
		stage: newID(), stagedResult: newID(), stagedChunk: newID(), input: sha256.Sum256([]byte(newID())),
		savedHunt: newID(), watchlist: newID(), revision: newID(), sighting: newID(), holder: newID(), day: "2026-11-23", hash: newHashes("a")[2],
	}
	return n.withOwnKeys()
}

// withOwnKeys returns n with other names for what is unique over all tenants.
func (n names) withOwnKeys() names {
	n.user, n.username, n.refresh, n.inviteKey, n.tokenKey = newID(), "user-"+newID(), newID(), newID(), newID()
	return n
}

// directory returns the keys that are in the directory.
func (n names) directory() map[auth.EntryKind]string {
	return map[auth.EntryKind]string{
		auth.EntryLogin: n.username, auth.EntryUser: n.user, auth.EntryRefresh: n.refresh, auth.EntryInvite: n.inviteKey,
		auth.EntryAPIToken: n.tokenKey,
	}
}

// populate keeps one thing of each kind in a tenant, under new names.
func (w world) populate(t *testing.T, tenant tenancy.ID) names {
	t.Helper()
	return w.populateAs(t, tenant, newNames())
}

// populateAs is populate under the names n. What is kept says in a text whose it is.
func (w world) populateAs(t *testing.T, tenant tenancy.ID, n names) names {
	t.Helper()
	whose := "of " + tenant.String()
	home := tenancy.New()
	require.NoError(t, w.Tenants.CreateTenant(w.ctx, tenancy.Tenant{ID: home, Name: "the grantee's", CreatedAt: at(0)}))
	u := newUser(n.username, auth.RoleUser)
	u.ID, u.PasswordHash = n.user, whose
	require.NoError(t, w.Auth.CreateUser(w.ctx, tenant, u))
	login := newSession(n.user, tenant)
	login.ID = n.session
	require.NoError(t, w.Auth.CreateSession(w.ctx, tenant, login, n.refresh))
	inv := newInvite()
	inv.ID, inv.CreatedBy = n.invite, whose
	require.NoError(t, w.Auth.CreateInvite(w.ctx, tenant, inv, n.inviteKey))
	token := newAPIToken()
	token.ID, token.CreatedBy = n.token, whose
	require.NoError(t, w.Auth.CreateAPIToken(w.ctx, tenant, token, n.tokenKey))
	g := auth.Grant{UserID: n.grantee, Home: home, Role: auth.RoleUser, GrantedBy: whose, CreatedAt: at(0)}
	require.NoError(t, w.Auth.PutGrant(w.ctx, tenant, g))
	event := newEvent()
	event.ID, event.Detail = n.event, whose
	require.NoError(t, w.Auth.AppendAudit(w.ctx, tenant, event))
	n.host = w.host(t, tenant, n.clientID, hosts.Facts{Hostname: "ws-1", Labels: []string{whose}}).ID

	c, chunk := n.delivery(whose)
	w.ingest(t, tenant, c, chunk)
	require.NoError(t, w.Collections.OpenStage(w.ctx, tenant, n.stage, at(0), at(10)))
	staged := newChunk(ingest.Result{ID: n.stagedResult, Artifact: n.artifact}, 0, whose)
	staged.ID = n.stagedChunk
	require.NoError(t, w.Collections.AppendChunks(w.ctx, tenant, n.stage, []ingest.Chunk{staged}, at(10)))

	require.NoError(t, w.Collections.KeepInput(w.ctx, tenant, n.input, n.input[:]))

	r := newRecord()
	r.Report.ThreatLabel = whose
	require.NoError(t, w.Verdicts.PutRecord(w.ctx, tenant, []virustotal.Hash{n.hash}, r))
	_, err := w.Verdicts.Spend(w.ctx, tenant, n.day, 1)
	require.NoError(t, err)

	saved := newSavedHunt()
	saved.ID, saved.Name = n.savedHunt, whose
	require.NoError(t, w.Hunts.PutSavedHunt(w.ctx, tenant, saved))
	require.NoError(t, w.Hunts.PutRun(w.ctx, tenant, n.savedHunt, newRun(whose)))
	watched := newWatchlist()
	watched.ID, watched.Revision, watched.Name = n.watchlist, n.revision, whose
	require.NoError(t, w.Hunts.PutWatchlist(w.ctx, tenant, watched, []byte(whose)))
	sighted := newSighting("A")
	sighted.ID, sighted.Indicator = n.sighting, whose
	require.NoError(t, w.Hunts.PutMatch(w.ctx, tenant, newMatch(watched, sighted)))
	return n
}

// delivery returns the collection that is named, with its one chunk.
func (n names) delivery(whose string) (ingest.Collection, ingest.Chunk) {
	r := newResult(n.artifact, 1)
	r.ID, r.Part, r.Marks = n.result, "elastic/1", []byte(whose)
	c := newCollection(n.key, r)
	c.ID, c.HostID, c.Hostname = n.collection, n.host, whose
	chunk := newChunk(r, 0, whose)
	chunk.ID = n.chunk
	return c, chunk
}

// dump returns all that can be read of a tenant with the names n, by the method that returned it.
func (w world) dump(t *testing.T, tenant tenancy.ID, n names) map[string][]any {
	t.Helper()
	all := make(map[string][]any)
	for _, c := range reads() {
		value, err := c.do(w.ctx, w.Stores, tenant, n)
		if !isNotFound(err) {
			require.NoError(t, err, c.method)
		}
		all[c.method] = append(all[c.method], value, err == nil)
	}
	return all
}
