package hunt

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// ArtifactDetail is what an artifact looks like.
type ArtifactDetail struct {
	Artifact string
	// Rows and Hosts are those of the scope, whatever they have.
	Rows  int64
	Hosts int64
	// Columns are sorted by their paths.
	Columns []ColumnDetail
	Account
}

// ColumnDetail is what a column looks like.
type ColumnDetail struct {
	Path string
	// Types are the kinds of JSON values in it: null, boolean, number, string, empty (an object or array with nothing in it).
	Types []string
	// Rows is how many rows have the column, and Distinct how many values it has. Where it has more than are counted,
	// Distinct is that bound and More is set; Top may then lack a value.
	Rows     int64
	Distinct int64
	More     bool
	// Top are the values of the most hosts, and among them of the most rows.
	Top []TopValue
}

// TopValue is a value that many rows have.
type TopValue struct {
	Value json.RawMessage
	Rows  int64
	Hosts int64
}

// MaxTop is how many values can be asked for of each column.
const MaxTop = 100

// columnShare is the part of Config.MaxGroups that one column of an artifact may take.
const columnShare = 50

// maxDescribed is how many columns of an artifact are described: an artifact whose keys are data may have any number.
const maxDescribed = 10_000

// Artifact describes the columns of an artifact over what scope selects, with the first top values of each, at most MaxTop.
// ErrNotFound where none of the tenants has the artifact.
func (s *Service) Artifact(ctx context.Context, scope Scope, artifact string, top int) (ArtifactDetail, error) {
	if top < 0 || top > MaxTop {
		return ArtifactDetail{}, fmt.Errorf("%w: at most %d values of a column", ErrQuestion, MaxTop)
	}
	if err := scope.Check(); err != nil {
		return ArtifactDetail{}, err
	}
	if err := s.answering.take(ctx, scope.asker(), s.cfg.MaxWait); err != nil {
		return ArtifactDetail{}, err
	}
	defer s.answering.give(scope.asker())
	if err := s.requireArtifact(ctx, scope, artifact); err != nil {
		return ArtifactDetail{}, err
	}
	t := s.newTally(scope)
	defer t.memory.giveBack()
	scope.Artifacts = []string{artifact}
	sel, err := s.lookUp(ctx, scope)
	if err != nil {
		return ArtifactDetail{}, err
	}
	all, err := s.countColumns(ctx, sel, t, func(string) bool { return true })
	if err != nil {
		return ArtifactDetail{}, err
	}
	out := ArtifactDetail{Artifact: artifact, Rows: all.rows, Hosts: int64(len(all.hosts)), Account: t.account()}
	if all.more {
		out.Complete, out.Reason = false, fmt.Sprintf("There are more than %d columns.", maxDescribed)
	}
	for _, path := range slices.Sorted(maps.Keys(all.columns)) {
		column := all.columns[path].detail(top)
		if column.More {
			out.Complete, out.Reason = false, "Some columns have more distinct values than are counted."
		}
		out.Columns = append(out.Columns, column)
	}
	return out, nil
}

func (s *Service) requireArtifact(ctx context.Context, scope Scope, artifact string) error {
	for _, tenant := range scope.Tenants {
		all, err := s.collections.Artifacts(ctx, tenant)
		if err != nil {
			return fmt.Errorf("hunt: artifacts: %w", err)
		}
		for _, known := range all {
			if known.Artifact == artifact {
				return nil
			}
		}
	}
	return ErrNotFound
}

// columnCounts is what is counted of rows, column by column.
type columnCounts struct {
	rows    int64
	hosts   map[hostKey]bool
	columns map[string]*columnCount
	memory  *allowance
	share   int  // how many values each column may have
	left    int  // how many more values all columns together may have
	more    bool // there are columns that are not counted
}

type columnCount struct {
	path  string
	types chunk.Types
	rows  int64
	*counter
}

// countColumns counts the values of the columns that wanted selects.
func (s *Service) countColumns(ctx context.Context, sel *selection, t *tally, wanted func(path string) bool) (columnCounts, error) {
	refs := sel.pruned()
	numbers := newHostNumbers(refs)
	counts := make([]columnCounts, s.cfg.Workers)
	for i := range counts {
		counts[i] = columnCounts{
			hosts: make(map[hostKey]bool), columns: make(map[string]*columnCount),
			memory: &t.memory, share: max(1, s.cfg.MaxGroups/columnShare), left: s.cfg.MaxGroups / s.cfg.Workers,
		}
	}
	pick := func(x *chunk.Index) (paths []string, ok bool) {
		for _, c := range x.Columns {
			if wanted(c.Path) {
				paths = append(paths, c.Path)
			}
		}
		return paths, true
	}
	err := s.scan(ctx, plan{selection: sel, pick: pick}, refs, t, func(worker int, p part) error {
		return chunkError(&p.ref, counts[worker].add(ctx, p, numbers.of[p.host()], wanted))
	})
	if err != nil {
		return columnCounts{}, err
	}
	for _, other := range counts[1:] {
		counts[0].merge(other)
	}
	return counts[0], nil
}

func (c *columnCounts) add(ctx context.Context, p part, host uint32, wanted func(path string) bool) error {
	rows := int64(p.rows.count())
	c.rows += rows
	c.hosts[p.host()] = true
	index, err := p.view.Index()
	if err != nil {
		return err
	}
	for _, x := range index.Columns {
		if !wanted(x.Path) {
			continue
		}
		of := c.columns[x.Path]
		if of == nil {
			if len(c.columns) == maxDescribed {
				c.more = true
				continue
			}
			of = &columnCount{path: x.Path, counter: newCounter(c.share, c.memory, x.Path)}
			c.columns[x.Path] = of
		}
		missing, groups := of.missing, of.groups.n
		of.max = min(c.share, groups+c.left)
		if err := of.count(ctx, p, host); err != nil {
			return err
		}
		c.left -= of.groups.n - groups
		of.types |= x.Types
		of.rows += rows - (of.missing - missing)
	}
	return nil
}

func (c *columnCounts) merge(other columnCounts) {
	c.rows += other.rows
	c.more = c.more || other.more
	maps.Copy(c.hosts, other.hosts)
	for path, counted := range other.columns {
		of := c.columns[path]
		if of == nil {
			if c.more = c.more || len(c.columns) == maxDescribed; len(c.columns) < maxDescribed {
				c.columns[path] = counted
			}
			continue
		}
		of.max = c.share
		of.types |= counted.types
		of.rows += counted.rows
		of.merge(counted.counter)
	}
}

func (c *columnCount) detail(top int) ColumnDetail {
	out := ColumnDetail{Path: c.path, Types: typeNames(c.types), Rows: c.rows, Distinct: int64(c.groups.n), More: c.full}
	for _, g := range c.sorted(Common, top) {
		out.Top = append(out.Top, TopValue{json.RawMessage(g.key), g.rows, int64(len(g.hosts))})
	}
	return out
}

func typeNames(types chunk.Types) (names []string) {
	for _, kind := range [...]struct {
		is   chunk.Types
		name string
	}{{chunk.Null, "null"}, {chunk.Bool, "boolean"}, {chunk.Number, "number"}, {chunk.String, "string"}, {chunk.Empty, "empty"}} {
		if types&kind.is != 0 {
			names = append(names, kind.name)
		}
	}
	return names
}
