package hunt

import (
	"bytes"
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
			if err := matchPath(v, path, e.Value, rows, found); err != nil {
				return nil, err
			}
		}
		return found, nil
	}
	return slices.Clone(rows), nil
}

// matchPath adds to found those of rows that have a value at path which matches. Each distinct value is looked at once, and
// where they are kept as one text only those that may match.
func matchPath(v *chunk.View, path string, p kql.Predicate, rows, found bitset) error {
	text, err := v.Text(path)
	if err != nil {
		return err
	}
	hits, sought := seek(text, p)
	if sought && len(hits) == 0 {
		return nil
	}
	if sought {
		column, err := v.Codes(path)
		if err == nil {
			addHits(column, hits, rows, found)
		}
		return err
	}
	column, err := v.Column(path)
	if column == nil || err != nil {
		return err
	}
	hits = make([]bool, len(column.Tokens))
	any := false
	for i, token := range column.Tokens {
		hits[i] = p.Match(token)
		any = any || hits[i]
	}
	if any {
		addHits(column, hits, rows, found)
	}
	return nil
}

// seek says which of the tokens of a text match; those behind the last one that does are left out. It is false where there
// is no text, or p is to be asked of every token.
func seek(text []byte, p kql.Predicate) (hits []bool, sought bool) {
	token, counted := 0, 0
	sought = text != nil && kql.Seek(p, text, func(start, end int) {
		token += bytes.Count(text[counted:start], []byte{'\n'})
		counted = start
		if p.Match(text[start:end]) {
			hits = append(hits, make([]bool, token+1-len(hits))...)
			hits[token] = true
		}
	})
	return hits, sought
}

func addHits(c *chunk.Column, hits []bool, rows, found bitset) {
	rows.each(func(row int) {
		for _, code := range c.Values(row) {
			if int(code) < len(hits) && hits[code] {
				found.add(row)
				return
			}
		}
	})
}
