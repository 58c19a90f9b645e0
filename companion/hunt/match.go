package hunt

import (
	"slices"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// mayMatch reports whether a row of a chunk with this index can match.
func mayMatch(e kql.Expr, x *chunk.Index) bool {
	switch e := e.(type) {
	case kql.And:
		return !slices.ContainsFunc(e, func(part kql.Expr) bool { return !mayMatch(part, x) })
	case kql.Or:
		return slices.ContainsFunc(e, func(part kql.Expr) bool { return mayMatch(part, x) })
	case kql.Field:
		return len(columnsOf(e, x)) > 0
	}
	return true
}

// columnsOf returns the columns of a chunk with this index that can hold what a query looks for.
func columnsOf(e kql.Expr, x *chunk.Index) (paths []string) {
	switch e := e.(type) {
	case kql.And:
		for _, part := range e {
			paths = append(paths, columnsOf(part, x)...)
		}
	case kql.Or:
		for _, part := range e {
			paths = append(paths, columnsOf(part, x)...)
		}
	case kql.Not:
		return columnsOf(e.Expr, x)
	case kql.Field:
		needle := []byte(e.Value.Needle())
		for i := range x.Columns {
			if c := &x.Columns[i]; c.MayContain(needle) && e.Name.Match(c.Path) {
				paths = append(paths, c.Path)
			}
		}
	}
	return paths
}

// matching returns those of rows that match, in a set of its own. The view has the columns that columnsOf names.
func matching(e kql.Expr, x *chunk.Index, v *chunk.View, rows bitset) (bitset, error) {
	switch e := e.(type) {
	case kql.And:
		for _, part := range e {
			var err error
			if rows, err = matching(part, x, v, rows); err != nil || rows.empty() {
				return rows, err
			}
		}
		return rows, nil
	case kql.Or:
		found, rest := newBitset(v.Rows()), slices.Clone(rows)
		for _, part := range e {
			more, err := matching(part, x, v, rest)
			if err != nil {
				return nil, err
			}
			found.union(more)
			rest.without(more)
		}
		return found, nil
	case kql.Not:
		found, err := matching(e.Expr, x, v, rows)
		if err != nil {
			return nil, err
		}
		rest := slices.Clone(rows)
		rest.without(found)
		return rest, nil
	case kql.Field:
		found := newBitset(v.Rows())
		for _, path := range columnsOf(e, x) {
			column, err := v.Column(path)
			if err != nil {
				return nil, err
			}
			if column != nil {
				matchColumn(column, e.Value, rows, found)
			}
		}
		return found, nil
	}
	return slices.Clone(rows), nil
}

// matchColumn adds to found those of rows that have a value which matches. Each distinct value is looked at once.
func matchColumn(c *chunk.Column, p kql.Predicate, rows, found bitset) {
	hits := make([]bool, len(c.Tokens))
	any := false
	for i, token := range c.Tokens {
		if p.Match(token) {
			hits[i], any = true, true
		}
	}
	if !any {
		return
	}
	rows.each(func(row int) {
		for _, code := range c.Values(row) {
			if hits[code] {
				found.add(row)
				return
			}
		}
	})
}
