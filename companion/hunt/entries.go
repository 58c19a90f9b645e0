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

// maxRunBytes bounds what a run keeps.
const maxRunBytes = 32 << 20

// entries are those of a run in the making, each once.
type entries struct {
	run  Run
	max  int
	size int
	seen map[string]bool
}

// errEnough says that a run is full. It is not complete then.
var errEnough = errors.New("hunt: enough")

func (e *entries) add(of, state any) error {
	text, err := json.Marshal(of)
	if err != nil {
		return fmt.Errorf("hunt: an entry: %w", err)
	}
	if e.seen[string(text)] {
		return nil
	}
	kept := entry{Entry: text}
	if state != nil {
		if kept.State, err = json.Marshal(state); err != nil {
			return fmt.Errorf("hunt: an entry: %w", err)
		}
	}
	whole, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("hunt: an entry: %w", err)
	}
	if e.size += len(whole); len(e.run.Entries) == e.max || e.size > maxRunBytes {
		e.run.Complete = false
		return errEnough
	}
	e.seen[string(text)] = true
	e.run.Entries = append(e.run.Entries, whole)
	return nil
}

// ask asks a question for what a saved hunt keeps of its answer.
func (s *Service) ask(ctx context.Context, q Question) (Run, error) {
	e := &entries{run: Run{Complete: true}, max: s.cfg.MaxSavedEntries, seen: make(map[string]bool)}
	if err := q.fill(ctx, s, e); err != nil && !errors.Is(err, errEnough) {
		return Run{}, err
	}
	return e.run, nil
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
	_, err = all.Rows(ctx, func(r Row) error { return e.add(r.entry(), nil) })
	return err
}

// fill takes the newest rows, whatever the order.
func (q Timeline) fill(ctx context.Context, s *Service, e *entries) error {
	q.Newest, q.Cursor, q.Limit = true, "", e.max
	found, err := s.Timeline(ctx, q)
	if err != nil {
		return err
	}
	e.run.Complete = found.Complete && found.Next == ""
	for _, r := range found.Rows {
		if err := e.add(r.entry(), nil); err != nil {
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
	e.run.Complete = found.Complete && found.Distinct == int64(len(found.Values))
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
	e.run.Complete = found.Complete
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
	e.run.Complete = found.Complete
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
	e.run.Complete = found.Complete
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
