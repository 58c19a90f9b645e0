package velociraptor

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// router brings rows of many hosts to the collections they belong to, by the columns that Velociraptor adds to rows that
// leave their flow: ClientId, FlowId and others. Those are no part of the rows and are taken off, so that a flow has the
// same rows by whatever way it came.
type router struct {
	batch *ingest.Batch
	hunt  *huntInfo      // whose export the rows are of; nil where they are of none
	fixed *ingest.Origin // where all rows are from; nil where they say it
	flows map[source]*routed
}

// source is what a row says of where it is from.
type source struct {
	clientID, fqdn, flowID string
	ts                     string // when the server had the event, in whole units of its _ts; "" for what is none
}

// routed is the collection of a source.
type routed struct {
	writer  *ingest.CollectionWriter
	results map[string]*ingest.ResultWriter
	last    *ingest.ResultWriter // the one that began last here
	// fromFolder says that other results than these are not wanted, because they are read elsewhere.
	fromFolder bool
}

func newRouter(b *ingest.Batch) *router {
	return &router{batch: b, flows: make(map[source]*routed)}
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
		if r.hunt != nil {
			origin.HuntID, origin.LaunchedAt, origin.Exported = cmp.Or(r.hunt.HuntID, origin.HuntID), r.hunt.launchedAt(), true
		}
		if r.fixed != nil {
			origin = *r.fixed
		}
		to = &routed{writer: r.batch.Collection(origin), results: make(map[string]*ingest.ResultWriter)}
		r.flows[from] = to
	}
	if w, err = to.writer.Result(artifact, nil); err != nil {
		return nil, false, err
	}
	to.results[artifact], to.last = w, w
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
	s.ts = ""
	if s.clientID != "" {
		s.fqdn = ""
	}
	return s
}

// named tells a collection the name of its host.
func (r *router) named(from source) {
	host := &r.flows[from.key()].writer.Origin.Host
	name := fitting(from.fqdn)
	switch {
	case name == "" || host.FQDN != "":
	case from.ts != "": // events have the name without its domain
		host.Hostname = name
	default:
		host.FQDN = name
	}
}

// routedRows is a sink for the rows of one artifact.
type routedRows struct {
	*router
	name  string
	lossy bool // see ingest.ResultWriter.SetLossy
	// added are the columns that a server adds to what it pushes on this way; nil where rows come another way. id is its name
	// for the row that comes next, and envelope what that comes in.
	added    addedColumns
	way      string
	taking   bool // see ingest.ResultWriter.SetPart
	id       string
	envelope []byte
	kept     bool // at least one row
	// unplaced are rows that cannot be kept and do not say where they are from, and others how many there are beyond those.
	unplaced []ingest.Rejection
	others   int64
	row      []byte
	members  []jsonrow.Member
	// skipping says that the row before was not wanted, and so are none that could not be read behind it.
	skipping bool
}

func (r *router) artifact(name string) *routedRows { return &routedRows{router: r, name: name} }

// Row implements sink.
func (r *routedRows) Row(line int64, raw []byte) error {
	var err error
	if r.members, err = jsonrow.AppendMembers(r.members[:0], raw, r.batch.Config().MaxDepth); err != nil {
		r.Reject(line, err.Error())
		return nil
	}
	from, artifact, rest := r.take(r.members)
	artifact = cmp.Or(r.name, artifact)
	switch {
	case r.fixed == nil && from.clientID == "" && from.fqdn == "":
		r.Reject(line, "does not say which host it is from: it has no ClientId; give hostname or client_id")
		return nil
	case artifact == "":
		r.rejectOf(from, line, "does not name its artifact: it has no _Source; give artifact")
		return nil
	}
	w, first, err := r.result(from, artifact)
	if err != nil {
		return err
	}
	if r.skipping = w == nil; r.skipping {
		return nil
	}
	switch {
	case first && r.added != nil:
		w.SetPart(r.way, r.taking)
	case first && from.ts != "":
		w.SetPart(ingest.TableWay, false)
	}
	if first && r.lossy {
		w.SetLossy()
	}
	w.Sent(r.id, from.second(), r.envelope)
	r.named(from)
	observed(r.flows[from.key()].writer, from)
	if r.kept = true; r.fixed != nil {
		r.place(w)
	}
	r.row = jsonrow.Join(reused(r.row), rest)
	r.learn(from, artifact, r.row)
	return w.Row(line, r.row)
}

// Reject implements sink, for a row that does not say where it is from.
func (r *routedRows) Reject(line int64, reason string) { r.rejectOf(source{}, line, reason) }

// place counts the rows that do not say where they are from with those of the one collection that there is.
func (r *routedRows) place(w *ingest.ResultWriter) {
	for _, bad := range r.unplaced {
		w.Reject(bad.Line, bad.Reason)
	}
	for range r.others {
		w.Reject(0, "")
	}
	r.unplaced, r.others = nil, 0
}

// rejectOf counts a row with what else came from where it says that it is from, and never with what did not.
func (r *routedRows) rejectOf(from source, line int64, reason string) {
	to := r.flows[from.key()]
	switch {
	case r.skipping:
	case to != nil && to.last != nil:
		to.last.Reject(line, reason)
	case len(r.unplaced) < ingest.MaxRejections:
		r.unplaced = append(r.unplaced, ingest.Rejection{Line: line, Reason: reason})
	default:
		r.others++
	}
}

// RejectLong implements sink.
func (r *routedRows) RejectLong(line int64) {
	r.Reject(line, fmt.Sprintf("longer than %d bytes", r.batch.Config().MaxRowBytes))
}

// finish notes the rows that belong to no collection.
func (r *routedRows) finish() {
	n := int64(len(r.unplaced)) + r.others
	if n == 0 {
		return
	}
	of := ""
	if r.name != "" {
		of = " of " + ingest.Quote(r.name)
	}
	r.batch.Note(fmt.Sprintf("%d rows%s could not be kept and do not say which host and flow they are from; line %d: %s",
		n, of, r.unplaced[0].Line, r.unplaced[0].Reason))
}

// missing returns an error where no row is kept, which is none where there was no row.
func (r *routedRows) missing(none error) error {
	switch {
	case r.kept:
		return nil
	case len(r.unplaced) == 0:
		return none
	}
	return &ingest.InputError{Reason: "no row could be kept", Rejections: r.unplaced}
}

// take takes what the server or the command line added to a row off its members. They add behind all others, so that of
// a key that is there twice the last one is theirs.
func (r *routedRows) take(members []jsonrow.Member) (from source, artifact string, rest []jsonrow.Member) {
	if r.added != nil {
		return r.takePushed(members)
	}
	if r.fixed != nil {
		if from, artifact, rest, ok := takeEvent(members, &r.fixed.Host.ClientID); ok {
			return source{ts: from.ts}, artifact, rest
		}
		rest, _ = takeLast(members, columns{{"_Source", &artifact}})
		return from, artifact, rest
	}
	if from, artifact, rest, ok := r.takeEnd(members); ok {
		return from, artifact, rest
	}
	if from, artifact, rest, ok := takeChosen(members, r.name == ""); ok {
		return from, artifact, rest
	}
	return takeName(members)
}

// takeEnd takes the columns off a row that ends in all that a server adds to those of a flow, or of an event.
func (r *routedRows) takeEnd(members []jsonrow.Member) (from source, artifact string, rest []jsonrow.Member, ok bool) {
	rest, _ = takeLast(members, addedToFlows(&from))
	if from.clientID != "" && from.flowID != "" && from.fqdn != "" {
		return from, "", rest, r.name != "" // else a _Source names it
	}
	if from.clientID != "" && from.flowID != "" {
		return from, "", rest, false
	}
	from = source{}
	rest, _ = takeLast(members, addedToEvents(&from, &artifact))
	ok = from.clientID != "" && artifact != "" && from.ts != ""
	return from, from.sourceOf(artifact), rest, ok
}

// takeName takes the columns off a row that has no ClientId: it is of a flow of a host by its name, of a client that it
// describes, or of a host by its name.
func takeName(members []jsonrow.Member) (from source, artifact string, rest []jsonrow.Member) {
	rest, _ = takeLast(members, addedToFlows(&from))
	if from.flowID != "" && from.fqdn != "" {
		return from, "", rest
	}
	if from = (source{clientID: clientOf(members)}); from.clientID != "" {
		return from, clientsTable, members
	}
	rest, _ = takeLast(members, addedToEvents(&from, &artifact))
	return from, from.sourceOf(artifact), rest
}

// takeEvent takes what is added to the events of a client off a row that ends in all of it. Where the client is not known,
// "", it is the one that the first event names.
func takeEvent(members []jsonrow.Member, clientID *string) (from source, artifact string, rest []jsonrow.Member, ok bool) {
	rest, _ = takeLast(members, columns{{"ClientId", &from.clientID}, {"_Source", &artifact}, {"_ts", &from.ts}})
	*clientID = cmp.Or(*clientID, eventClient(from, artifact))
	ok = *clientID != "" && from.clientID == *clientID && artifact != "" && from.ts != ""
	return from, from.sourceOf(artifact), rest, ok
}

// eventClient is the client of a row, if that ends in all that is added to an event.
func eventClient(from source, artifact string) string {
	if artifact == "" || from.ts == "" {
		return ""
	}
	return from.clientID
}

// stored reports whether it is of an event that the server has stored and not only seen: its time counts milliseconds, and
// its _Source is not its artifact but whose it is.
func (s source) stored() bool { return len(s.ts) > len("99999999999") }

// sourceOf is the artifact that a _Source names, "" where it names whose event it is.
func (s source) sourceOf(artifact string) string {
	if s.stored() || artifact == s.clientID {
		return ""
	}
	return artifact
}

// takePushed takes off what a server adds to what it pushes. Rows of flows have all of that at their end. Events have
// behind their own columns those of the queue that they were watched in, and then those of the protocol, with no flow: a
// FlowId of theirs is what the event is about. A version that adds something else must not make rows be refused, because
// the server would drop them; what is not known stays.
func (r *routedRows) takePushed(members []jsonrow.Member) (from source, artifact string, rest []jsonrow.Member) {
	rest, _ = takeLast(members, r.added(&from, &artifact))
	if from.clientID != "" && from.flowID != "" {
		return from, artifact, rest
	}
	for _, needed := range [][]string{{"ClientId", "_ts", "_Source"}, {"ClientId", "FlowId", "Artifact"}, {"ClientId"}} {
		var found source
		var of, queue string
		wanted := r.added(&found, &of)
		if needed[len(needed)-1] != "Artifact" {
			wanted = append(wanted.without("FlowId"), column{"_ts", &found.ts}, column{"_Source", &queue})
		}
		if rest, ok := takeLast(members, wanted, needed...); ok {
			if found.stored() {
				queue = ""
			}
			return found, cmp.Or(of, queue), rest
		}
	}
	return from, artifact, rest
}

// at is when the server had the event, or the zero time.
func (s source) at() time.Time {
	n, _ := strconv.ParseInt(s.ts, 10, 64)
	return integer(n).time()
}

// second is when the server had the event, which it tells more exactly where it has stored it; "" for what is none.
func (s source) second() string {
	if s.ts == "" {
		return ""
	}
	return strconv.FormatInt(s.at().Unix(), 10)
}

// observed tells a collection when the server had an event of it, of which the latest counts.
func observed(w *ingest.CollectionWriter, from source) {
	if at := from.at(); at.After(w.Origin.CollectedAt) {
		w.Origin.CollectedAt = at
	}
}
