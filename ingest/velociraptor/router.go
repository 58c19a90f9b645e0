package velociraptor

import (
	"cmp"
	"fmt"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// router brings rows of many hosts to the collections they belong to, by the columns that Velociraptor adds to rows that
// leave their flow: ClientId, FlowId and others. Those are no part of the rows and are taken off, so that a flow has the
// same rows by whatever way it came.
type router struct {
	batch  *ingest.Batch
	huntID string
	fixed  *ingest.Origin // where all rows are from; nil where they say it
	flows  map[source]*routed
}

// source is what a row says of where it is from.
type source struct{ clientID, fqdn, flowID string }

// routed is the collection of a source.
type routed struct {
	writer  *ingest.CollectionWriter
	results map[string]*ingest.ResultWriter
	// fromFolder says that other results than these are not wanted, because they are read elsewhere.
	fromFolder bool
}

func newRouter(b *ingest.Batch, huntID string) *router {
	return &router{batch: b, huntID: huntID, flows: make(map[source]*routed)}
}

// result returns the writer for the rows of an artifact from a source, nil where they are not wanted, and whether it is the
// first row of it.
func (r *router) result(from source, artifact string) (w *ingest.ResultWriter, first bool, err error) {
	from = from.key()
	to := r.flows[from]
	if w := to.result(artifact); w != nil {
		return w, w.Read() == 0, nil
	}
	if to != nil && to.fromFolder {
		return nil, false, nil
	}
	if to == nil {
		origin := namedOrigin("", from.clientID, from.flowID)
		origin.HuntID = cmp.Or(r.huntID, origin.HuntID)
		if r.fixed != nil {
			origin = *r.fixed
		}
		to = &routed{writer: r.batch.Collection(origin), results: make(map[string]*ingest.ResultWriter)}
		r.flows[from] = to
	}
	if w, err = to.writer.Result(artifact, nil); err != nil {
		return nil, false, err
	}
	to.results[artifact] = w
	return w, true, nil
}

func (r *routed) result(artifact string) *ingest.ResultWriter {
	if r == nil {
		return nil
	}
	return r.results[artifact]
}

// learn takes over what a row tells of its host.
func (r *router) learn(from source, artifact string, row []byte) {
	learn(r.flows[from.key()].writer, artifact, row)
}

// key is what rows of one collection have in common: a host has one name in its inventory, but its rows may have come
// under several.
func (s source) key() source {
	if s.clientID != "" {
		s.fqdn = ""
	}
	return s
}

// named tells a collection the name of its host.
func (r *router) named(from source) {
	host := &r.flows[from.key()].writer.Origin.Host
	if name := fitting(from.fqdn); name != "" && host.FQDN == "" {
		host.Hostname, host.FQDN = name, name
	}
}

// routedRows is a sink for the rows of one artifact.
type routedRows struct {
	*router
	name  string
	lossy bool // see ingest.ResultWriter.SetLossy
	// added are the columns that a server adds to what it pushes, and id its name for the row that comes next; nil where
	// rows come another way.
	added addedColumns
	id    string
	last  *ingest.ResultWriter
	// early are rows that could not be read before one that could: a bad row does not say where it is from.
	early []ingest.Rejection
	lost  int64 // more of them than are remembered
	row   []byte
	// skipping says that the row before was not wanted, and so are none that could not be read behind it.
	skipping bool
}

func (r *router) artifact(name string) *routedRows { return &routedRows{router: r, name: name} }

// Row implements sink.
func (r *routedRows) Row(line int64, raw []byte) error {
	members, err := jsonrow.Split(raw, r.batch.Config().MaxDepth)
	if err != nil {
		r.Reject(line, err.Error())
		return nil
	}
	from, artifact, rest := r.take(members)
	artifact = cmp.Or(r.name, artifact)
	switch {
	case r.fixed == nil && from.clientID == "" && from.fqdn == "":
		r.Reject(line, "does not say which host it is from: it has no ClientId; give hostname or client_id")
		return nil
	case artifact == "":
		r.Reject(line, "does not name its artifact: it has no _Source; give artifact")
		return nil
	}
	w, first, err := r.result(from, artifact)
	if err != nil {
		return err
	}
	if r.skipping = w == nil; r.skipping {
		r.early, r.lost, r.last = nil, 0, nil
		return nil
	}
	if first && r.added != nil {
		w.SetPart(r.id)
	}
	if first && r.lossy {
		w.SetLossy()
	}
	r.named(from)
	for _, bad := range r.early {
		w.Reject(bad.Line, bad.Reason)
	}
	r.early, r.last = nil, w
	r.row = jsonrow.Join(reused(r.row), rest)
	r.learn(from, artifact, r.row)
	return w.Row(line, r.row)
}

// Reject implements sink: it counts a row where the one before it went.
func (r *routedRows) Reject(line int64, reason string) {
	switch {
	case r.skipping:
	case r.last != nil:
		r.last.Reject(line, reason)
	case len(r.early) < ingest.MaxRejections:
		r.early = append(r.early, ingest.Rejection{Line: line, Reason: reason})
	default:
		r.lost++
	}
}

// RejectLong implements sink.
func (r *routedRows) RejectLong(line int64) {
	r.Reject(line, fmt.Sprintf("longer than %d bytes", r.batch.Config().MaxRowBytes))
}

// finish notes the rows that belong to no collection, because none that could be read came with them.
func (r *routedRows) finish() {
	if n := int64(len(r.early)) + r.lost; n > 0 && r.last == nil {
		r.batch.Note(fmt.Sprintf("%d rows of %s could not be read and do not say which host they are from; line %d: %s",
			n, ingest.Quote(r.name), r.early[0].Line, r.early[0].Reason))
	}
}

// take takes what the server or the command line added to a row off its members. They add behind all others, so that of
// a key that is there twice the last one is theirs.
func (r *routedRows) take(members []jsonrow.Member) (from source, artifact string, rest []jsonrow.Member) {
	if r.added != nil {
		rest = takeLast(members, r.added(&from, &artifact))
		return from, artifact, rest
	}
	if r.fixed != nil {
		rest = takeLast(members, map[string]*string{"_Source": &artifact})
		return from, artifact, rest
	}
	rest = takeLast(members, map[string]*string{
		"FlowId": &from.flowID, "ClientId": &from.clientID, "Fqdn": &from.fqdn, "_OrgId": new(string),
	})
	if from.flowID != "" {
		return from, "", rest
	}
	from = source{}
	rest = takeLast(members, map[string]*string{
		"ClientId": &from.clientID, "Fqdn": &from.fqdn, "_OrgId": new(string), "_Source": &artifact, "_ts": nil,
	})
	if artifact == from.clientID {
		artifact = "" // what stored events have there
	}
	if from.clientID == "" {
		if from.clientID = clientOf(members); from.clientID != "" {
			return from, clientsTable, members
		}
	}
	return from, artifact, rest
}

// addedColumns names the columns that are added to a row, and where their texts go.
type addedColumns func(from *source, artifact *string) map[string]*string

// takeLast returns members without those of the named ones that are together at their end, each at most once, whose
// texts it puts where they are wanted. One that is wanted nowhere stays.
func takeLast(members []jsonrow.Member, wanted map[string]*string) []jsonrow.Member {
	var staying []jsonrow.Member
	i := len(members)
	for ; i > 0; i-- {
		m := members[i-1]
		into, known := wanted[string(m.Key)]
		if !known {
			break
		}
		delete(wanted, string(m.Key))
		if into == nil {
			staying = append(staying, m)
			continue
		}
		text, ok := m.Text()
		if !ok {
			break
		}
		*into = text
	}
	return append(members[:i:i], staying...)
}
