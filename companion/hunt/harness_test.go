package hunt_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

var collected = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// lab is a service over stores, and what was put into them, kept as rows in a slice.
type lab struct {
	store.Stores
	*hunt.Service
	rows []labRow
	// inventory are the hosts by their ids.
	inventory map[string]hosts.Host
}

// labRow is a row as the plain reference knows it.
type labRow struct {
	tenant               tenancy.ID
	host, artifact, flow string
	collection, hunt     string
	row                  int64
	data                 string
	leaves               []leaf
}

// leaf is a scalar, or an empty object or array, with its path.
type leaf struct{ path, token string }

func newLab(t testing.TB, stores store.Stores, cfg hunt.Config) *lab {
	t.Helper()
	s, err := hunt.New(stores.Collections, stores.Hosts, stores.Hunts, cfg)
	require.NoError(t, err)
	return &lab{Stores: stores, Service: s}
}

func (l *lab) tenant(t testing.TB) tenancy.ID {
	t.Helper()
	id := tenancy.New()
	require.NoError(t, l.Tenants.CreateTenant(t.Context(), tenancy.Tenant{ID: id, Name: "a tenant"}))
	return id
}

func (l *lab) host(t testing.TB, tenant tenancy.ID, name string, labels ...string) hosts.Host {
	t.Helper()
	h, _, err := l.Hosts.Upsert(t.Context(), tenant, hosts.Observation{
		ClientID: "C." + name, Facts: hosts.Facts{Hostname: name, Labels: labels},
	}, collected)
	require.NoError(t, err)
	return h
}

// keep stores rows of one artifact from one host, cut into chunks of the sizes that size returns. Those for which old
// says so are as chunks were before there were columns: rows, of whose times the store does not know.
func (l *lab) keep(t testing.TB, tenant tenancy.ID, host, hunt, artifact string, rows []string, size func() int, old func() bool) {
	t.Helper()
	codec, err := ingest.NewCodec()
	require.NoError(t, err)
	result := ingest.Result{ID: newID(), Artifact: artifact, Read: int64(len(rows)), Stored: int64(len(rows))}
	c := ingest.Collection{
		ID: newID(), HostID: host, FlowID: "F." + newID(), HuntID: hunt, Key: newID(), Status: ingest.Complete, CollectedAt: collected,
		IngestedAt: collected, Results: []ingest.Result{result},
	}
	var chunks []ingest.Chunk
	for first := 0; first < len(rows); {
		var b chunk.Builder
		n := min(size(), len(rows)-first)
		for _, row := range rows[first : first+n] {
			b.Append([]byte(row))
		}
		all := b.Build(codec, chunk.Source{Artifact: artifact, CollectedAt: collected})
		if old() {
			all = []chunk.Built{{
				MinTime: chunk.NoTime, Rows: n, RawBytes: b.RawBytes(), Blocks: []chunk.Block{rowsBlock(rows[first : first+n])},
			}}
		}
		for _, built := range all {
			out := ingest.Chunk{ChunkHeader: ingest.ChunkHeader{
				ID: newID(), ResultID: result.ID, Artifact: artifact, FirstRow: int64(first), Rows: built.Rows,
				RawBytes: int64(built.RawBytes),
			}}
			if built.MinTime != chunk.NoTime {
				out.MinTime, out.MaxTime = time.UnixMicro(built.MinTime).UTC(), time.UnixMicro(built.MaxTime).UTC()
			}
			for _, block := range built.Blocks {
				out.Blocks = append(out.Blocks, ingest.Block(block))
			}
			chunks, first = append(chunks, out), first+built.Rows
		}
	}
	stage := newID()
	require.NoError(t, l.Collections.OpenStage(t.Context(), tenant, stage, collected, collected.Add(time.Hour)))
	require.NoError(t, l.Collections.AppendChunks(t.Context(), tenant, stage, chunks, collected.Add(time.Hour)))
	_, err = l.Collections.CommitStage(t.Context(), tenant, stage, func(context.Context) ([]ingest.Collection, error) {
		return []ingest.Collection{c}, nil
	})
	require.NoError(t, err)
	for i, row := range rows {
		r := labRow{tenant: tenant, host: host, artifact: artifact, flow: c.FlowID, collection: c.ID, hunt: hunt, row: int64(i), data: row}
		r.leaves = leavesOf(t, row)
		l.rows = append(l.rows, r)
	}
}

// rowsBlock is the block of a chunk that has no columns.
func rowsBlock(rows []string) chunk.Block {
	const plain = 1
	return chunk.Block{Column: chunk.RowsColumn, Data: append([]byte{plain}, strings.Join(rows, "\n")...)}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// leavesOf walks a row with encoding/json.
func leavesOf(t testing.TB, row string) (leaves []leaf) {
	t.Helper()
	var walk func(path string, value json.RawMessage)
	walk = func(path string, value json.RawMessage) {
		d := json.NewDecoder(bytes.NewReader(value))
		opening, err := d.Token()
		require.NoError(t, err, row)
		if opening != json.Delim('{') && opening != json.Delim('[') || len(bytes.TrimSpace(value)) == 2 {
			leaves = append(leaves, leaf{path, string(value)})
			return
		}
		for d.More() {
			below := path
			if opening == json.Delim('{') {
				name, err := d.Token()
				require.NoError(t, err)
				below = strings.TrimPrefix(path+"."+name.(string), ".")
			}
			var inner json.RawMessage
			require.NoError(t, d.Decode(&inner))
			walk(below, inner)
		}
	}
	walk("", json.RawMessage(row))
	return leaves
}

// text is the text of a token, as a query sees it; ok is false for null and what is empty.
func (l leaf) text() (text string, ok bool) {
	switch l.token[0] {
	case '"':
		_ = json.Unmarshal([]byte(l.token), &text)
		return text, true
	case 'n', '{', '[':
		return "", false
	}
	return l.token, true
}

var names = []string{"svchost.exe", "cmd.exe", "evil.exe", "Ünïcode", "a\"b", "", "true", "42", "C:\\Temp\\x", "a\tb"}

// randomRow has all kinds of JSON in it, seldom in a form that is like that of the rows around it.
func randomRow(r *rand.Rand) string {
	var members []string
	add := func(name string, value any) {
		text, _ := json.Marshal(value)
		members = append(members, fmt.Sprintf("%q:%s", name, text))
	}
	raw := func(member string) { members = append(members, member) }
	add("Name", names[r.IntN(len(names))])
	if r.IntN(10) > 0 {
		add("Pid", r.IntN(50))
	}
	for r.IntN(3) == 0 {
		raw([]string{`"Pid":null`, `"Pid":"7"`, `"Pid":1e2`, `"Hash":{"MD5":"aa","SHA256":null}`, `"Hash":{}`, `"Hash":"flat"`,
			`"Args":["-enc","x",{"y":[true,false]}]`, `"Args":[]`, `"Args":["x","x"]`, `"Name":"c\u006dd.exe"`, `"Hash.MD5":"dotted"`,
			`"Big":18446744073709551615`, `"Deep":{"a":{"b":{"c":"svchost.exe"}}}`, `"Raddr":"10.0.0.1"`,
			`"Line":"curl http://evil.example.com/a from 10.0.0.2"`}[r.IntN(15)])
	}
	if r.IntN(4) == 0 {
		add("CreateTime", collected.Add(time.Duration(r.IntN(1000))*time.Second).Format(time.RFC3339))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// condition is a query, and what it means to the reference.
type condition struct {
	text  string
	holds func(labRow) bool
}

func randomCondition(r *rand.Rand, depth int) condition {
	if depth > 0 && r.IntN(2) == 0 {
		x, y := randomCondition(r, depth-1), randomCondition(r, depth-1)
		switch r.IntN(3) {
		case 0:
			return condition{"(" + x.text + " and " + y.text + ")", func(row labRow) bool { return x.holds(row) && y.holds(row) }}
		case 1:
			return condition{"(" + x.text + " or " + y.text + ")", func(row labRow) bool { return x.holds(row) || y.holds(row) }}
		}
		return condition{"not " + x.text, func(row labRow) bool { return !x.holds(row) }}
	}
	name := names[r.IntN(len(names))]
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	field := []string{"Name", "Hash", "Hash.MD5", "Args", "Deep.a", "pid", "None"}[r.IntN(7)]
	below := func(l leaf) bool {
		return strings.EqualFold(l.path, field) || strings.HasPrefix(strings.ToLower(l.path), strings.ToLower(field)+".")
	}
	any := func(is func(leaf) bool) func(labRow) bool {
		return func(row labRow) bool {
			for _, l := range row.leaves {
				if is(l) {
					return true
				}
			}
			return false
		}
	}
	switch r.IntN(4) {
	case 0:
		return condition{field + ": " + quoted, any(func(l leaf) bool {
			text, ok := l.text()
			return ok && below(l) && strings.EqualFold(text, name)
		})}
	case 1:
		return condition{quoted, any(func(l leaf) bool {
			text, ok := l.text()
			return ok && strings.Contains(strings.ToLower(text), strings.ToLower(name))
		})}
	case 2:
		return condition{field + ": null", any(func(l leaf) bool { return below(l) && (l.token == "null" || l.token == `"null"`) })}
	}
	return condition{field + ": *", any(func(l leaf) bool { _, ok := l.text(); return ok && below(l) })}
}

// randomLab fills stores with rows of some tenants, hosts and artifacts.
func randomLab(t testing.TB, stores store.Stores, r *rand.Rand) (*lab, []tenancy.ID) {
	t.Helper()
	l := newLab(t, stores, hunt.Config{Workers: 1 + r.IntN(4), MaxBytes: int64(1 + r.IntN(5000)), CacheBytes: int64(1 + r.IntN(50_000))})
	tenants := []tenancy.ID{l.tenant(t), l.tenant(t)}
	for range 6 {
		tenant := tenants[r.IntN(2)]
		h := l.host(t, tenant, fmt.Sprint("pc-", r.IntN(4)), fmt.Sprint("label-", r.IntN(2)))
		var rows []string
		for range 1 + r.IntN(60) {
			rows = append(rows, randomRow(r))
		}
		l.keep(t, tenant, h.ID, fmt.Sprint("H.", r.IntN(2)), []string{"A", "B/s"}[r.IntN(2)], rows,
			func() int { return 1 + r.IntN(30) }, func() bool { return r.IntN(4) == 0 })
	}
	l.inventory = make(map[string]hosts.Host)
	for _, tenant := range tenants {
		all, err := l.Hosts.Hosts(t.Context(), tenant, hosts.Filter{Limit: 100})
		require.NoError(t, err)
		for _, h := range all {
			l.inventory[h.ID] = h
		}
	}
	return l, tenants
}
