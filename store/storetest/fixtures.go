package storetest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// hostile is text as an endpoint may send it. Each adapter has to keep it as it is.
const hostile = `O'Brien "; DROP TABLE vc_users; -- \ %s $1 ? ` + "😀 e\u0301 \uFFFD \u202Egnp.exe \u200F\t\r\n <script>"

// at returns a time so many minutes after the suite's first.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 4, 5, 6, 7, 123_456_000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// odd returns at(minutes) as a clock may give it: in a zone, with nanoseconds that are not kept.
func odd(minutes int) time.Time {
	return at(minutes).Add(789 * time.Nanosecond).In(time.FixedZone("CEST", 2*60*60))
}

// rotation is one that may be asked for once.
func rotation(old, new string) auth.Rotation { return auth.Rotation{Old: old, New: new, At: at(10)} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// newIDs returns n ids in their order.
func newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = newID()
	}
	slices.Sort(ids)
	return ids
}

// newTenants returns n tenant ids in their order.
func newTenants(n int) []tenancy.ID {
	ids := make([]tenancy.ID, n)
	for i := range ids {
		ids[i] = tenancy.New()
	}
	slices.SortFunc(ids, func(x, y tenancy.ID) int { return strings.Compare(x.String(), y.String()) })
	return ids
}

func newUser(name string, role auth.Role) auth.User {
	return auth.User{
		ID: newID(), Username: name, Role: role, Active: true, PasswordHash: "hash of " + name, CreatedAt: at(0),
	}
}

func newInvite() auth.Invite {
	return auth.Invite{ID: newID(), Role: auth.RoleUser, CreatedBy: newID(), CreatedAt: at(0), ExpiresAt: at(60)}
}

func newSession(userID string, tenant tenancy.ID) auth.Session {
	id := newID()
	return auth.Session{ID: id, Family: id, UserID: userID, Tenant: tenant, CreatedAt: at(0), ExpiresAt: at(60)}
}

func newEvent() auth.AuditEvent {
	return auth.AuditEvent{ID: newID(), At: at(0), Action: auth.ActionLogin, Target: "alice", Actor: "alice"}
}

// user keeps a new user and returns it as it is kept.
func (w world) user(t *testing.T, tenant tenancy.ID, name string, role auth.Role) auth.User {
	t.Helper()
	u := newUser(name, role)
	require.NoError(t, w.Auth.CreateUser(w.ctx, tenant, u))
	u.TenantID = tenant
	return u
}

// session keeps a new session of a user, acting at home, and returns it.
func (w world) session(t *testing.T, u auth.User, key string) auth.Session {
	t.Helper()
	s := newSession(u.ID, u.TenantID)
	require.NoError(t, w.Auth.CreateSession(w.ctx, u.TenantID, s, key))
	return s
}

// switched keeps a session of the family of another and returns it.
func (w world) switched(t *testing.T, from auth.Session, key string) auth.Session {
	t.Helper()
	s := newSession(from.UserID, w.b)
	s.Family = from.Family
	require.NoError(t, w.Auth.CreateSession(w.ctx, w.a, s, key))
	return s
}

// grant keeps a grant of a user into a tenant and returns it as it is kept.
func (w world) grant(t *testing.T, tenant tenancy.ID, u auth.User) auth.Grant {
	t.Helper()
	g := auth.Grant{
		TenantID: tenant, UserID: u.ID, Username: u.Username, Home: u.TenantID, Role: auth.RoleUser,
		GrantedBy: newID(), CreatedAt: at(0), ExpiresAt: at(60),
	}
	require.NoError(t, w.Auth.PutGrant(w.ctx, tenant, g))
	return g
}

// host keeps what is told of one host and returns the host.
func (w world) host(t *testing.T, tenant tenancy.ID, clientID string, facts hosts.Facts) hosts.Host {
	t.Helper()
	h, _, err := w.Hosts.Upsert(w.ctx, tenant, hosts.Observation{ClientID: clientID, Facts: facts}, at(0))
	require.NoError(t, err)
	return h
}

// observe keeps what a commit tells of one host, with the context of the commit.
func (w world) observe(ctx context.Context, t *testing.T, clientID, hostname string) hosts.Host {
	t.Helper()
	obs := hosts.Observation{ClientID: clientID, Facts: hosts.Facts{Hostname: hostname}}
	h, _, err := w.Hosts.Upsert(ctx, w.a, obs, at(1))
	require.NoError(t, err)
	return h
}

// Ready returns a function for ingest.Store's CommitStage whose collections are known beforehand.
func Ready(collections ...ingest.Collection) ingest.CollectFunc {
	return func(context.Context) ([]ingest.Collection, error) { return collections, nil }
}

// newResult returns a result with so many rows, whose digest follows from rows alone.
func newResult(artifact string, rows int64) ingest.Result {
	return ingest.Result{
		ID: newID(), Artifact: artifact, Read: rows, Stored: rows, Digest: fmt.Sprintf("%064x", rows),
	}
}

// newCollection returns a collection from a host of its own. Hosts need not be in the same backend.
func newCollection(key string, results ...ingest.Result) ingest.Collection {
	return ingest.Collection{
		ID: newID(), HostID: newID(), Hostname: "ws-1", ClientID: "C.1", FlowID: "F.1", Key: key,
		Status: ingest.Complete, CollectedAt: at(0), IngestedAt: at(1), Results: results,
	}
}

// newChunk returns a chunk of one row that has the block ("x", data).
func newChunk(r ingest.Result, firstRow int64, data string) ingest.Chunk {
	return ingest.Chunk{
		ChunkHeader: ingest.ChunkHeader{
			ID: newID(), ResultID: r.ID, Artifact: r.Artifact, FirstRow: firstRow, Rows: 1, RawBytes: int64(len(data)),
			MinTime: at(-10), MaxTime: at(-5),
		},
		Blocks: []ingest.Block{{Column: "x", Data: []byte(data)}},
	}
}

// stage opens a stage with chunks in it and returns its id.
func (w world) stage(t *testing.T, tenant tenancy.ID, chunks ...ingest.Chunk) string {
	t.Helper()
	id := newID()
	require.NoError(t, w.Collections.OpenStage(w.ctx, tenant, id, at(0), at(10)))
	require.NoError(t, w.Collections.AppendChunks(w.ctx, tenant, id, chunks, at(10)))
	return id
}

// ingest keeps one collection with its chunks.
func (w world) ingest(t *testing.T, tenant tenancy.ID, c ingest.Collection, chunks ...ingest.Chunk) ingest.Merged {
	t.Helper()
	merged, err := w.Collections.CommitStage(w.ctx, tenant, w.stage(t, tenant, chunks...), Ready(c))
	require.NoError(t, err)
	require.Len(t, merged, 1)
	return merged[0]
}

// chunkIDs returns the ids of the visible chunks that f selects.
func (w world) chunkIDs(t *testing.T, tenant tenancy.ID, f ingest.ChunkFilter) []string {
	t.Helper()
	var ids []string
	for _, ref := range all(t, w.Collections.Chunks(w.ctx, tenant, f)) {
		ids = append(ids, ref.ID)
	}
	return ids
}

// data returns the data of the blocks "x" of chunks of one artifact.
func (w world) data(t *testing.T, tenant tenancy.ID, artifact string, chunkIDs ...string) []string {
	t.Helper()
	var data []string
	for _, block := range all(t, w.Collections.Blocks(w.ctx, tenant, artifact, []string{"x"}, chunkIDs)) {
		data = append(data, string(block.Data))
	}
	return data
}

// all returns what an iterator yields, and fails the test on an error.
func all[V any](t *testing.T, seq iter.Seq2[V, error]) []V {
	t.Helper()
	var values []V
	for v, err := range seq {
		require.NoError(t, err)
		values = append(values, v)
	}
	return values
}

// race calls f n times at once and returns the errors in the order of i.
func race(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	running.Wait()
	return errs
}

// succeeded returns which calls of a race had no error.
func succeeded(errs []error) []int {
	var winners []int
	for i, err := range errs {
		if err == nil {
			winners = append(winners, i)
		}
	}
	return winners
}

// ended returns a context that has ended.
func ended(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}
