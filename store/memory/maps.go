package memory

import (
	"maps"
	"slices"
)

// find returns the value of a key, or the error notFound.
func find[V any](m map[string]V, key string, notFound error) (V, error) {
	v, ok := m[key]
	if !ok {
		return v, notFound
	}
	return v, nil
}

// sorted returns the values of m in the order of their keys.
func sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[key])
	}
	return out
}

// first returns the first limit elements of s, or all when there are no more.
func first[V any](s []V, limit int) []V { return s[:min(max(limit, 0), len(s))] }
