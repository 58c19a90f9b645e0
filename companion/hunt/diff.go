package hunt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// Diff asks what has changed on each host between two times that an artifact was collected. A column is its values in their
// order, however they nest in arrays. The scope says which hosts and, by its query, which rows; its artifacts, collections,
// hunts and times are not for diffs, since the sides say those.
type Diff struct {
	Scope
	Artifact string
	// Key are the columns that tell what a row is about. Default [DiffKey] of the artifact; without one it is required.
	Key    []string
	Before Side
	After  Side
}

// Side selects collections, by exactly one of its fields.
type Side struct {
	// Hunt is Velociraptor's id of a hunt.
	Hunt        string
	Collections []string
	// From and To select by when a collection was made: of each host the last one from From, and before To. Either may be
	// zero.
	From time.Time
	To   time.Time
}

// DiffAnswer is what has changed.
type DiffAnswer struct {
	Key []string
	// Hosts are those that have both sides and differ, by name; Unchanged is how many have both and do not.
	Hosts     []HostDiff
	Unchanged int64
	// WithoutBefore and WithoutAfter are the hosts that have only the other side.
	WithoutBefore []HostRef
	WithoutAfter  []HostRef
	Account
}

// HostDiff is what has changed on a host. Rows are told apart by key and then by their other columns, times and counters
// left out, and each counts as often as it is there: three processes of a name where there were two is one added.
type HostDiff struct {
	HostRef
	Added   []DiffEntry
	Removed []DiffEntry
	Changed []DiffChange
}

// DiffEntry is a key that has more rows on one side.
type DiffEntry struct {
	// Key has one value for each column of the key: null where rows have none, an array where they have several.
	Key  []json.RawMessage
	Rows int64
	// FleetHosts is how many hosts of the tenants have the key in any collection of the artifact. Set in Added.
	FleetHosts int64
}

// DiffChange is a key whose rows differ in other columns.
type DiffChange struct {
	Key     []json.RawMessage
	Rows    int64
	Columns []ColumnChange
}

// ColumnChange is the values that a row had in a column, and those that it has; none where it lacks the column.
type ColumnChange struct {
	Column string
	Before []json.RawMessage
	After  []json.RawMessage
}

// MaxDiffKey is how many columns the key of a diff can have.
const MaxDiffKey = 16

// key is what rows are told apart by.
func (q Diff) key() []string {
	if len(q.Key) == 0 {
		return DiffKey(q.Artifact)
	}
	return q.Key
}

// Check implements [Question].
func (q Diff) Check() error {
	switch {
	case q.Artifact == "":
		return fmt.Errorf("%w: a diff needs an artifact", ErrQuestion)
	case len(q.key()) == 0:
		return fmt.Errorf("%w: a diff of this artifact needs a key", ErrQuestion)
	case len(q.Key) > MaxDiffKey:
		return fmt.Errorf("%w: the key of a diff has at most %d columns", ErrQuestion, MaxDiffKey)
	case len(q.Artifacts)+len(q.Scope.Collections)+len(q.Hunts) > 0 || !q.From.IsZero() || !q.To.IsZero():
		return fmt.Errorf("%w: a diff takes collections, hunts and times in before and after", ErrQuestion)
	}
	for name, side := range map[string]Side{"before": q.Before, "after": q.After} {
		if err := side.check(); err != nil {
			return fmt.Errorf("%w: %s %w", ErrQuestion, name, err)
		}
	}
	return q.Scope.Check()
}

func (s Side) check() error {
	given := 0
	for _, is := range [...]bool{s.Hunt != "", len(s.Collections) > 0, !s.From.IsZero() || !s.To.IsZero()} {
		if is {
			given++
		}
	}
	if given != 1 {
		return fmt.Errorf("has to be one of a hunt, collections, or times")
	}
	if !s.From.IsZero() && !s.To.IsZero() && !s.From.Before(s.To) {
		return fmt.Errorf("has to begin before it ends")
	}
	return nil
}

// MaxDiffEntries is how many differences a diff lists. Past it the answer is not complete.
const MaxDiffEntries = 100_000

// Diff compares what hosts had before with what they have after.
func (s *Service) Diff(ctx context.Context, q Diff) (DiffAnswer, error) {
	if err := q.Check(); err != nil {
		return DiffAnswer{}, err
	}
	if err := s.answering.take(ctx, q.asker(), s.cfg.MaxWait); err != nil {
		return DiffAnswer{}, err
	}
	defer s.answering.give(q.asker())
	q.Key = q.key()
	t := s.newTally(q.Scope)
	t.counted = make(map[string]bool) // it looks at some chunks again
	sides, err := s.sides(ctx, q)
	if err != nil {
		return DiffAnswer{}, err
	}
	q.Artifacts = []string{q.Artifact}
	sel, err := s.lookUp(ctx, q.Scope)
	if err != nil {
		return DiffAnswer{}, err
	}
	d := &differ{Service: s, q: q, sides: sides, sel: sel, tally: t, has: make([]bool, len(q.Key))}
	out := DiffAnswer{Key: q.Key}
	if err := d.compare(ctx, &out); err != nil {
		return DiffAnswer{}, err
	}
	for i, path := range q.Key {
		if !d.has[i] && d.rows > 0 {
			return DiffAnswer{}, fmt.Errorf("%w: no row has a value in the column %q of the key", ErrQuestion, path)
		}
	}
	if err := d.countFleet(ctx, &out); err != nil {
		return DiffAnswer{}, err
	}
	out.Account = d.account()
	return out, nil
}

// differ is a diff at work.
type differ struct {
	*Service
	q     Diff
	sides sides
	sel   *selection
	tally *tally

	mu   sync.Mutex
	has  []bool // which columns of the key were seen
	rows int64

	listed int // differences
	left   int // hosts that were not compared, since there are too many differences
	cut    bool
	full   int // hosts that have too many different rows
}

// batchRows bounds the rows of the hosts that are compared at once, but for a single host that has more.
const batchRows = 250_000

// compare fills in what differs, a batch of hosts after the other.
func (d *differ) compare(ctx context.Context, out *DiffAnswer) error {
	byHost := make(map[hostKey][]ref)
	for _, r := range d.sel.refs {
		if d.sides.of[collectionKey{r.tenant, r.CollectionID}] != [2]bool{} {
			byHost[r.host()] = append(byHost[r.host()], r)
		}
	}
	names, err := d.hostRefs(ctx, d.sides.hosts())
	if err != nil {
		return err
	}
	var both []HostRef
	for _, h := range slices.SortedFunc(maps.Values(names), compareHosts) {
		switch d.sides.has[hostKey{h.Tenant, h.ID}] {
		case [2]bool{true, true}:
			both = append(both, h)
		case [2]bool{true, false}:
			out.WithoutAfter = append(out.WithoutAfter, h)
		case [2]bool{false, true}:
			out.WithoutBefore = append(out.WithoutBefore, h)
		}
	}
	for len(both) > 0 && !d.cut {
		var refs []ref
		n, rows := 0, 0
		for ; n < len(both); n++ {
			of := byHost[hostKey{both[n].Tenant, both[n].ID}]
			more := 0
			for _, r := range of {
				more += r.Rows
			}
			if n > 0 && rows+more > batchRows {
				break
			}
			rows += more
			refs = append(refs, of...)
		}
		if err := d.compareHosts(ctx, both[:n], refs, out); err != nil {
			return err
		}
		both = both[n:]
	}
	d.left += len(both)
	return nil
}

// account is that of the answer.
func (d *differ) account() Account {
	a := d.tally.account()
	if d.cut {
		a.Complete = false
		a.Reason = fmt.Sprintf("There are more than %d differences; the others are not listed, and %d hosts were not compared.", MaxDiffEntries, d.left)
	}
	if d.full > 0 {
		a.Complete = false
		a.Reason = strings.TrimSpace(fmt.Sprintf("%s %d hosts have more than %d different rows and were not compared.", a.Reason, d.full, d.cfg.MaxGroups))
	}
	return a
}

func compareHosts(x, y HostRef) int {
	return cmp.Or(strings.Compare(x.Hostname, y.Hostname), strings.Compare(x.ID, y.ID))
}

// compareHosts adds the hosts that differ. The refs are all chunks of the hosts.
func (d *differ) compareHosts(ctx context.Context, all []HostRef, refs []ref, out *DiffAnswer) error {
	counted := make(map[hostKey]*hostTally, len(all))
	for _, h := range all {
		counted[hostKey{h.Tenant, h.ID}] = &hostTally{keys: make(map[string]*keyTally), max: d.cfg.MaxGroups}
	}
	seed := [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	plan := plan{selection: d.sel, pick: d.compared}
	err := d.scan(ctx, plan, refs, d.tally, func(_ int, p part) error {
		rows, err := d.read(p, seed)
		if err != nil {
			return chunkError(&p.ref, err)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.rows += int64(len(rows))
		of := counted[p.host()]
		for side, in := range d.sides.of[collectionKey{p.tenant, p.CollectionID}] {
			for _, r := range rows {
				if in {
					of.add(r.key, side, r.form, location{p.at, r.row})
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, h := range all {
		of := counted[hostKey{h.Tenant, h.ID}]
		if of.full {
			d.full++
			continue
		}
		if d.cut {
			d.left += len(all) - i
			return nil
		}
		diff, err := d.hostDiff(ctx, h, of, refs)
		if err != nil {
			return err
		}
		if len(diff.Added)+len(diff.Removed)+len(diff.Changed) > 0 {
			out.Hosts = append(out.Hosts, diff)
		} else {
			out.Unchanged++
		}
		delete(counted, hostKey{h.Tenant, h.ID})
	}
	return nil
}

// hostDiff lists the differences of a host, as many as there may be.
func (d *differ) hostDiff(ctx context.Context, h HostRef, of *hostTally, refs []ref) (HostDiff, error) {
	diff := HostDiff{HostRef: h}
	changes := make(map[string][]pair)
	list := func(rows int64) bool {
		if rows > 0 && d.listed == MaxDiffEntries {
			d.cut = true
		}
		if rows == 0 || d.cut {
			return false
		}
		d.listed++
		return true
	}
	for _, key := range slices.Sorted(maps.Keys(of.keys)) {
		t := of.keys[key]
		if rows := t.surplus(sideAfter); list(rows) {
			diff.Added = append(diff.Added, DiffEntry{Key: keyValues(key), Rows: rows})
		}
		if rows := t.surplus(sideBefore); list(rows) {
			diff.Removed = append(diff.Removed, DiffEntry{Key: keyValues(key), Rows: rows})
		}
		for _, p := range t.changed() {
			if list(p.rows) {
				changes[key] = append(changes[key], p)
			}
		}
	}
	var err error
	diff.Changed, err = d.describe(ctx, changes, refs)
	return diff, err
}

// compared picks the columns of a chunk that a diff looks at.
func (d *differ) compared(x *chunk.Index) (paths []string, ok bool) {
	for _, c := range x.Columns {
		if slices.Contains(d.q.Key, c.Path) || !volatile(c.Path) {
			paths = append(paths, c.Path)
		}
	}
	return paths, true
}

// readRow is what a diff looks at of a row.
type readRow struct {
	row  int
	key  []byte // a JSON array
	form form
}

// read reads the rows of a chunk.
func (d *differ) read(p part, seed [2]maphash.Seed) ([]readRow, error) {
	keys, err := keyColumns(p.view, d.q.Key)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	for i, column := range keys {
		d.has[i] = d.has[i] || column != nil
	}
	d.mu.Unlock()
	forms := make([]form, p.Rows)
	err = d.others(p, func(column *chunk.Column) { addForms(forms, column, p.rows, seed) })
	if err != nil {
		return nil, err
	}
	var rows []readRow
	var text []byte
	p.rows.each(func(row int) {
		begin := len(text)
		text = appendKey(text, keys, row)
		rows = append(rows, readRow{row, text[begin:], forms[row]})
	})
	return rows, nil
}

// others calls each with the columns of a chunk that are compared beside those of the key.
func (d *differ) others(p part, each func(*chunk.Column)) error {
	index, err := p.view.Index()
	if err != nil {
		return err
	}
	for _, c := range index.Columns {
		if volatile(c.Path) || slices.Contains(d.q.Key, c.Path) {
			continue
		}
		column, err := p.view.Column(c.Path)
		if err != nil {
			return err
		}
		if mayBeTime(c.Path) {
			column = withoutTimes(column)
		}
		each(canonical(column))
	}
	return nil
}

// addForms adds what a column says to the forms of rows. The sums do not depend on the order of columns.
func addForms(forms []form, column *chunk.Column, rows bitset, seed [2]maphash.Seed) {
	sums := make([]form, len(column.Tokens))
	for code, token := range column.Tokens {
		text := append(append([]byte(column.Path), 0), token...)
		sums[code] = form{maphash.Bytes(seed[0], text), maphash.Bytes(seed[1], text)}
	}
	rows.each(func(row int) {
		for i, code := range column.Values(row) {
			place := uint64(2*i + 1) // so that [1,2] is not [2,1]
			forms[row][0] += sums[code][0] * place
			forms[row][1] += sums[code][1] * place
		}
	})
}

// keyColumns returns the columns of a key, nil where the chunk has none.
func keyColumns(v *chunk.View, key []string) ([]*chunk.Column, error) {
	columns := make([]*chunk.Column, len(key))
	for i, path := range key {
		column, err := v.Column(path)
		if err != nil {
			return nil, err
		}
		if column != nil {
			columns[i] = canonical(column)
		}
	}
	return columns, nil
}

// appendKey adds the key of a row as a JSON array.
func appendKey(dst []byte, columns []*chunk.Column, row int) []byte {
	dst = append(dst, '[')
	for i, column := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		var values []uint32
		if column != nil {
			values = column.Values(row)
		}
		switch len(values) {
		case 0:
			dst = append(dst, "null"...)
		case 1:
			dst = append(dst, column.Tokens[values[0]]...)
		default:
			for j, code := range values {
				dst = append(append(dst, "[,"[min(j, 1)]), column.Tokens[code]...)
			}
			dst = append(dst, ']')
		}
	}
	return append(dst, ']')
}

func keyValues(key string) (values []json.RawMessage) {
	_ = json.Unmarshal([]byte(key), &values) // it was made of JSON
	return values
}

// describe says how the rows of pairs differ.
func (d *differ) describe(ctx context.Context, changes map[string][]pair, refs []ref) ([]DiffChange, error) {
	wanted := make(map[int][]int)
	for _, pairs := range changes {
		for _, p := range pairs {
			wanted[p.from.chunk] = append(wanted[p.from.chunk], p.from.row)
			wanted[p.to.chunk] = append(wanted[p.to.chunk], p.to.row)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	chunks := slices.Sorted(maps.Keys(wanted))
	some := make([]ref, len(chunks))
	for i, c := range chunks {
		some[i] = refs[c]
	}
	values := make(map[location]map[string][]json.RawMessage)
	err := d.scan(ctx, plan{selection: d.sel, pick: d.compared}, some, d.tally, func(_ int, p part) error {
		of, err := d.rowValues(p, wanted[chunks[p.at]])
		d.mu.Lock()
		defer d.mu.Unlock()
		for row, v := range of {
			values[location{chunks[p.at], row}] = v
		}
		return chunkError(&p.ref, err)
	})
	var out []DiffChange
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		for _, p := range changes[key] {
			out = append(out, DiffChange{Key: keyValues(key), Rows: p.rows, Columns: columnChanges(values[p.from], values[p.to])})
		}
	}
	return out, err
}

// rowValues returns the values of rows by path.
func (d *differ) rowValues(p part, rows []int) (map[int]map[string][]json.RawMessage, error) {
	out := make(map[int]map[string][]json.RawMessage, len(rows))
	for _, row := range rows {
		out[row] = make(map[string][]json.RawMessage)
	}
	return out, d.others(p, func(column *chunk.Column) {
		for row, values := range out {
			for _, code := range column.Values(row) {
				values[column.Path] = append(values[column.Path], json.RawMessage(bytes.Clone(column.Tokens[code])))
			}
		}
	})
}

func columnChanges(from, to map[string][]json.RawMessage) (changes []ColumnChange) {
	paths := slices.AppendSeq(slices.Collect(maps.Keys(from)), maps.Keys(to))
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		if !slices.EqualFunc(from[path], to[path], func(x, y json.RawMessage) bool { return bytes.Equal(x, y) }) {
			changes = append(changes, ColumnChange{path, from[path], to[path]})
		}
	}
	return changes
}

// countFleet fills in how many hosts have what was added.
func (d *differ) countFleet(ctx context.Context, out *DiffAnswer) error {
	having := make(map[string]map[hostKey]bool)
	for _, h := range out.Hosts {
		for _, e := range h.Added {
			having[keyText(e.Key)] = make(map[hostKey]bool)
		}
	}
	if len(having) == 0 {
		return nil
	}
	sel, err := d.lookUp(ctx, Scope{Tenants: d.q.Tenants, Artifacts: []string{d.q.Artifact}})
	if err != nil {
		return err
	}
	err = d.scan(ctx, plan{selection: sel, fields: d.q.Key}, sel.refs, d.tally, func(_ int, p part) error {
		columns, err := keyColumns(p.view, d.q.Key)
		if err != nil {
			return chunkError(&p.ref, err)
		}
		found := make(map[string]bool)
		var key []byte
		p.rows.each(func(row int) {
			key = appendKey(key[:0], columns, row)
			if _, wanted := having[string(key)]; wanted && !found[string(key)] {
				found[string(key)] = true
			}
		})
		d.mu.Lock()
		defer d.mu.Unlock()
		for key := range found {
			having[key][p.host()] = true
		}
		return nil
	})
	for _, h := range out.Hosts {
		for i := range h.Added {
			h.Added[i].FleetHosts = int64(len(having[keyText(h.Added[i].Key)]))
		}
		slices.SortStableFunc(h.Added, func(x, y DiffEntry) int { return cmp.Compare(x.FleetHosts, y.FleetHosts) })
	}
	return err
}

// keyText is the reverse of keyValues.
func keyText(values []json.RawMessage) string {
	text := []byte{'['}
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, v...)
	}
	return string(append(text, ']'))
}
