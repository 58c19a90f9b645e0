package bunstore

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// tx is one transaction. Every query of this package is made by its methods and by insert, and by nothing else, which
// a test holds: they put the condition on the tenant first and each condition of the caller in parentheses behind it,
// so that no OR can reach around it.
type tx struct {
	db       bun.IDB
	tenant   tenancy.ID
	unscoped bool // a lookup
}

// owned is the part of a row that says whose it is. Every row type embeds it.
type owned struct {
	TenantID string `bun:"tenant_id,pk"`
}

func (o *owned) stamp(tenant tenancy.ID) { o.TenantID = tenant.String() }

func (o owned) tenant() (tenancy.ID, error) { return tenantID(o.TenantID) }

// tenantID reads a column that names a tenant, "" where it is NULL.
func tenantID(column string) (tenancy.ID, error) {
	if column == "" {
		return tenancy.ID{}, nil
	}
	id, err := tenancy.Parse(column)
	if err != nil {
		return tenancy.ID{}, fmt.Errorf("bunstore: a tenant that is kept: %w", err)
	}
	return id, nil
}

// find selects the rows of the tenant for which all conditions hold.
func (t tx) find(model any, conditions ...condition) *bun.SelectQuery {
	q := t.db.NewSelect().Model(model)
	for _, c := range t.scoped(conditions) {
		q = q.Where(c.sql, c.args...)
	}
	return q
}

// update changes the rows of the tenant for which all conditions hold.
func (t tx) update(model any, conditions ...condition) *bun.UpdateQuery {
	q := t.db.NewUpdate().Model(model)
	for _, c := range t.scoped(conditions) {
		q = q.Where(c.sql, c.args...)
	}
	return q
}

// remove deletes the rows of the tenant for which all conditions hold.
func (t tx) remove(model any, conditions ...condition) *bun.DeleteQuery {
	q := t.db.NewDelete().Model(model)
	for _, c := range t.scoped(conditions) {
		q = q.Where(c.sql, c.args...)
	}
	return q
}

// insert adds rows to the tenant, whatever tenant they name. There has to be at least one.
func insert[M any, P interface {
	*M
	stamp(tenancy.ID)
}](t tx, rows ...M) *bun.InsertQuery {
	for i := range rows {
		P(&rows[i]).stamp(t.tenant)
	}
	return t.db.NewInsert().Model(&rows).Returning("NULL")
}

// replacing sets columns of a row that is there already to what was to be inserted.
func replacing(q *bun.InsertQuery, columns ...string) *bun.InsertQuery {
	for _, column := range columns {
		q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	return q
}

func (t tx) scoped(conditions []condition) []condition {
	conditions = slices.DeleteFunc(slices.Clone(conditions), func(c condition) bool { return c.sql == "" })
	if t.unscoped {
		return conditions
	}
	return slices.Insert(conditions, 0, where("?TableAlias.tenant_id = ?", t.tenant.String()))
}

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

// affected returns how many rows a query changed.
func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
