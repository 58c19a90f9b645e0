package hunt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Question is one that can be saved, asked again, and compared with its last answer: [Search], [Stack], [Pivot], [Sweep],
// [Timeline] and [Diff].
type Question interface {
	// Check says why the question cannot be asked, whatever is stored: ErrQuestion, a *kql.SyntaxError, or
	// tenancy.ErrNoTenant.
	Check() error

	// fill puts what the answer has into e, until that is errEnough.
	fill(ctx context.Context, s *Service, e *entries) error
}

// entry is one thing of an answer, as a run keeps it.
type entry struct {
	// Entry is what the thing is known by from run to run, State what of it may change; absent where nothing does.
	Entry json.RawMessage `json:"entry"`
	State json.RawMessage `json:"state,omitempty"`
}

// readEntry reads what a run kept. Runs of before states were kept have entries alone.
func readEntry(kept json.RawMessage) entry {
	var e entry
	if json.Unmarshal(kept, &e) != nil || e.Entry == nil {
		return entry{Entry: kept}
	}
	return e
}

// maxRunBytes bounds what a run keeps, of which aroundEntry are around each entry.
const (
	maxRunBytes = 32 << 20
	aroundEntry = 50
)

// identity is what an entry is known by: all of it but the name of the host, which is no part of what a host is.
func (e entry) identity() string {
	var members map[string]json.RawMessage
	if json.Unmarshal(e.Entry, &members) != nil || members["host_id"] == nil {
		return string(e.Entry)
	}
	delete(members, "hostname")
	text, err := json.Marshal(members)
	if err != nil {
		return string(e.Entry)
	}
	return string(text)
}

// entries are those of a run in the making, each once.
type entries struct {
	complete bool
	max      int
	size     int
	at       map[string]int // in kept
	kept     []entry
	rows     []int64 // how often each is there, where that is counted
}

// errEnough says that a run is full. It is not complete then.
var errEnough = errors.New("hunt: enough")

// add adds an entry, of which state may change from run to run.
func (e *entries) add(of, state any) error {
	var text json.RawMessage
	if state != nil {
		var err error
		if text, err = json.Marshal(state); err != nil {
			return fmt.Errorf("hunt: an entry: %w", err)
		}
	}
	_, err := e.place(of, text)
	return err
}

// count adds an entry that is there as often as it is counted.
func (e *entries) count(of any) error {
	i, err := e.place(of, nil)
	if err == nil {
		e.rows[i]++
	}
	return err
}

// place returns where an entry is, which it adds where it is new.
func (e *entries) place(of any, state json.RawMessage) (int, error) {
	text, err := json.Marshal(of)
	if err != nil {
		return 0, fmt.Errorf("hunt: an entry: %w", err)
	}
	if i, known := e.at[string(text)]; known {
		return i, nil
	}
	if e.size += len(text) + len(state) + aroundEntry; len(e.kept) == e.max || e.size > maxRunBytes {
		e.complete = false
		return 0, errEnough
	}
	e.at[string(text)] = len(e.kept)
	e.kept, e.rows = append(e.kept, entry{text, state}), append(e.rows, 0)
	return len(e.kept) - 1, nil
}

// run returns what is kept of all of them, and how many there are: those that are counted, as often as they are there.
func (e *entries) run() (Run, int, error) {
	run, count := Run{Complete: e.complete}, int64(0)
	for i, kept := range e.kept {
		if rows := e.rows[i]; rows > 0 {
			kept.State = fmt.Appendf(nil, `{"rows":%d}`, rows)
			count += rows
		} else {
			count++
		}
		whole, err := json.Marshal(kept)
		if err != nil {
			return Run{}, 0, fmt.Errorf("hunt: an entry: %w", err)
		}
		run.Entries = append(run.Entries, whole)
	}
	return run, int(count), nil
}

// ask asks a question for what a saved hunt keeps of its answer, and how many entries that has.
func (s *Service) ask(ctx context.Context, q Question) (Run, int, error) {
	e := &entries{complete: true, max: s.cfg.MaxSavedEntries, at: make(map[string]int)}
	if err := q.fill(ctx, s, e); err != nil && !errors.Is(err, errEnough) {
		return Run{}, 0, err
	}
	return e.run()
}

// hostEntry begins every entry that is about a host.
type hostEntry struct {
	Tenant   string `json:"tenant_id"`
	HostID   string `json:"host_id"`
	Hostname string `json:"hostname"`
}

func (h HostRef) entry() hostEntry { return hostEntry{h.Tenant.String(), h.ID, h.Hostname} }

type rowEntry struct {
	hostEntry
	Artifact string          `json:"artifact"`
	Data     json.RawMessage `json:"data"`
}

func (r Row) entry() rowEntry {
	return rowEntry{hostEntry{r.Tenant.String(), r.HostID, r.Hostname}, r.Artifact, r.Data}
}

func (q Search) fill(ctx context.Context, s *Service, e *entries) error {
	all, err := s.Export(ctx, q)
	if err != nil {
		return err
	}
	_, err = all.Rows(ctx, func(r Row) error { return e.count(r.entry()) })
	return err
}

// fill takes the newest rows, whatever the order.
func (q Timeline) fill(ctx context.Context, s *Service, e *entries) error {
	q.Newest, q.Cursor, q.Limit = true, "", e.max
	found, err := s.Timeline(ctx, q)
	if err != nil {
		return err
	}
	e.complete = found.Complete && found.Next == ""
	for _, r := range found.Rows {
		if err := e.count(r.entry()); err != nil {
			return err
		}
	}
	return nil
}

func (q Stack) fill(ctx context.Context, s *Service, e *entries) error {
	q.Limit = e.max
	found, err := s.Stack(ctx, q)
	if err != nil {
		return err
	}
	e.complete = found.Complete && found.Distinct == int64(len(found.Values))
	for _, v := range found.Values {
		state := struct {
			Hosts int64 `json:"hosts"`
		}{v.Hosts}
		if err := e.add(v.Values, state); err != nil {
			return err
		}
	}
	return nil
}

// foundState is what changes of something that was found: it is there in more rows, or was seen again.
type foundState struct {
	Rows     int64     `json:"rows"`
	LastSeen time.Time `json:"last_seen"`
}

func (q Pivot) fill(ctx context.Context, s *Service, e *entries) error {
	found, err := s.Pivot(ctx, q)
	if err != nil {
		return err
	}
	e.complete = found.Complete
	for _, h := range found.Hosts {
		for _, f := range h.Artifacts {
			of := struct {
				hostEntry
				Artifact string `json:"artifact"`
			}{h.Host.entry(), f.Artifact}
			if err := e.add(of, foundState{f.Rows, f.LastSeen}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q Sweep) fill(ctx context.Context, s *Service, e *entries) error {
	found, err := s.Sweep(ctx, q)
	if err != nil {
		return err
	}
	e.complete = found.Complete
	for _, h := range found.Hits {
		of := struct {
			Indicator string `json:"indicator"`
			Kind      string `json:"kind"`
			hostEntry
			Artifact string `json:"artifact"`
		}{h.Indicator, h.Kind, h.Host.entry(), h.Artifact}
		if err := e.add(of, foundState{h.Rows, h.LastSeen}); err != nil {
			return err
		}
	}
	return nil
}

// diffEntry is a difference of a host.
type diffEntry struct {
	hostEntry
	// Change is "added", "removed", "changed", or "without_before" or "without_after" for the host itself.
	Change  string            `json:"change"`
	Key     []json.RawMessage `json:"key,omitempty"`
	Columns []columnEntry     `json:"columns,omitempty"`
}

type columnEntry struct {
	Column string            `json:"column"`
	Before []json.RawMessage `json:"before"`
	After  []json.RawMessage `json:"after"`
}

type diffState struct {
	Rows       int64 `json:"rows"`
	FleetHosts int64 `json:"fleet_hosts,omitempty"`
}

func (q Diff) fill(ctx context.Context, s *Service, e *entries) error {
	found, err := s.Diff(ctx, q)
	if err != nil {
		return err
	}
	e.complete = found.Complete
	for _, lone := range [...]struct {
		change string
		hosts  []HostRef
	}{{"without_before", found.WithoutBefore}, {"without_after", found.WithoutAfter}} {
		for _, h := range lone.hosts {
			if err := e.add(diffEntry{hostEntry: h.entry(), Change: lone.change}, nil); err != nil {
				return err
			}
		}
	}
	for _, h := range found.Hosts {
		if err := h.fill(e); err != nil {
			return err
		}
	}
	return nil
}

func (h HostDiff) fill(e *entries) error {
	of := diffEntry{hostEntry: h.entry()}
	for _, d := range h.Added {
		of.Change, of.Key = "added", d.Key
		if err := e.add(of, diffState{d.Rows, d.FleetHosts}); err != nil {
			return err
		}
	}
	for _, d := range h.Removed {
		of.Change, of.Key = "removed", d.Key
		if err := e.add(of, diffState{Rows: d.Rows}); err != nil {
			return err
		}
	}
	for _, d := range h.Changed {
		of.Change, of.Key, of.Columns = "changed", d.Key, nil
		for _, c := range d.Columns {
			of.Columns = append(of.Columns, columnEntry(c))
		}
		if err := e.add(of, diffState{Rows: d.Rows}); err != nil {
			return err
		}
	}
	return nil
}
