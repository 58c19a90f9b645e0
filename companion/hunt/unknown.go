package hunt

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
)

// UnknownField is a field that none of the rows that were asked about has, as one that is mistyped.
type UnknownField struct {
	Field string
	// Nearest is the path that the rows do have and that is most like it, "" where none is.
	Nearest string
}

// unknownFields returns those of some fields that no column is, in their order.
func (s *Service) unknownFields(ctx context.Context, sel *selection, t *tally, fields []string) ([]UnknownField, error) {
	paths, err := s.paths(ctx, sel, t)
	if err != nil {
		return nil, err
	}
	var unknown []UnknownField
	for _, field := range fields {
		if !slices.Contains(paths, field) {
			unknown = append(unknown, UnknownField{field, nearest(field, paths)})
		}
	}
	return unknown, nil
}

// paths returns the paths of all columns of what is selected, sorted.
func (s *Service) paths(ctx context.Context, sel *selection, t *tally) ([]string, error) {
	seen := make([]map[string]bool, s.cfg.Workers)
	for i := range seen {
		seen[i] = make(map[string]bool)
	}
	none := func(*chunk.Index) ([]string, bool) { return nil, true }
	err := s.scan(ctx, plan{selection: sel, pick: none}, sel.pruned(), t, func(worker int, p part) error {
		index, err := p.view.Index()
		if err != nil {
			return chunkError(&p.ref, err)
		}
		for _, c := range index.Columns {
			seen[worker][c.Path] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, other := range seen[1:] {
		maps.Copy(seen[0], other)
	}
	return slices.Sorted(maps.Keys(seen[0])), nil
}

// nearest returns the path that takes the fewest changes to become the field, at most one in three letters of it and one
// more, whatever their case: as a whole, or what it ends with. Below an object that the field names, the first is taken.
func nearest(field string, paths []string) string {
	best, fewest := "", min(len(field), len(field)/3+2)
	for _, path := range paths {
		if strings.HasPrefix(path, field+".") {
			return path
		}
		last := path[strings.LastIndexByte(path, '.')+1:]
		for _, written := range [...]string{path, last} {
			if n := changes(strings.ToLower(field), strings.ToLower(written)); n < fewest {
				best, fewest = path, n
			}
		}
	}
	return best
}

// changes is how many bytes have to be put in, taken out or replaced to make one text of another: Levenshtein's distance.
func changes(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			replaced := diagonal
			if from[i] != to[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(to)]
}
