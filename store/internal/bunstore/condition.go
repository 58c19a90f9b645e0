package bunstore

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// condition is a part of a WHERE clause; the zero condition always holds.
type condition struct {
	sql  string
	args []any
}

var never = condition{sql: "1 = 0"}

func where(sql string, args ...any) condition { return condition{sql, args} }

// is holds where a text column has just this value. A text that no column can hold is in none.
func is(column, value string) condition {
	if !storable(value) {
		return never
	}
	return where("? = ?", bun.Ident(column), value)
}

// matches is is for filters, where "" selects everything.
func matches(column, value string) condition {
	if value == "" {
		return condition{}
	}
	return is(column, value)
}

// in holds where a text column has one of these values.
func in(column string, values []string) condition {
	return oneOf(column, slices.DeleteFunc(slices.Clone(values), func(s string) bool { return !storable(s) }))
}

// matchesAny is in for filters, where no values select everything.
func matchesAny(column string, values []string) condition {
	if len(values) == 0 {
		return condition{}
	}
	return in(column, values)
}

// hasID holds where an id column has just this value. A text that is no id is in none: ids come from outside.
func hasID(column, id string) condition {
	if !isID(id) {
		return never
	}
	return where("? = ?", bun.Ident(column), id)
}

// isNot holds where an id column does not have this value, which may be no id at all.
func isNot(column, id string) condition {
	if !isID(id) {
		return condition{}
	}
	return where("? <> ?", bun.Ident(column), id)
}

// hasIDIn holds where an id column has one of these values.
func hasIDIn(column string, ids []string) condition {
	return oneOf(column, slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return !isID(s) }))
}

// hasIDAmong is hasIDIn for filters, where no ids select everything.
func hasIDAmong(column string, ids []string) condition {
	if len(ids) == 0 {
		return condition{}
	}
	return hasIDIn(column, ids)
}

// beyond holds where an id column is past a cursor in the given direction, < or >; the cursor "" selects everything.
func beyond(column, direction, cursor string) condition {
	switch {
	case cursor == "":
		return condition{}
	case !isID(cursor):
		return never
	}
	return where("? "+direction+" ?", bun.Ident(column), cursor)
}

func oneOf(column string, values []string) condition {
	if len(values) == 0 {
		return never
	}
	return where("? IN (?)", bun.Ident(column), bun.List(values))
}

// storable reports whether a text column can hold s.
func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// isID reports whether s is a UUID in its canonical form.
func isID(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.String() == s
}
