package bunstore

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// scopedTx is one transaction. Every query of this package is made by its methods and by insert, and by nothing else, which
// a test holds: they put the condition on the tenant first and each condition of the caller in parentheses behind it,
// so that no OR can reach around it.
type scopedTx struct {
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
func (tx scopedTx) find(model any, conditions ...condition) *bun.SelectQuery {
	q := tx.db.NewSelect().Model(model)
	for _, c := range tx.scoped(conditions) {
		q = q.Where(c.sql, c.args...)
	}
	return q
}

// findParts selects the rows of the tenant for which all conditions of one of parts hold, with a part of the query for
// each. No row may be in two of them, and there has to be one. of names the table, as a nil pointer to its row.
func (tx scopedTx) findParts(into, of any, parts [][]condition) *bun.SelectQuery {
	queries := make([]any, len(parts))
	for i, conditions := range parts {
		queries[i] = tx.find(of, conditions...)
	}
	union := strings.Repeat("? UNION ALL ", len(parts)-1) + "?"
	return tx.find(into).ModelTableExpr("("+union+") AS ?TableAlias", queries...)
}

// update changes the rows of the tenant for which all conditions hold.
func (tx scopedTx) update(model any, conditions ...condition) *bun.UpdateQuery {
	q := tx.db.NewUpdate().Model(model)
	for _, c := range tx.scoped(conditions) {
		q = q.Where(c.sql, c.args...)
	}
	return q
}

// remove deletes the rows of the tenant for which all conditions hold.
func (tx scopedTx) remove(model any, conditions ...condition) *bun.DeleteQuery {
	q := tx.db.NewDelete().Model(model)
	for _, c := range tx.scoped(conditions) {
		q = q.Where(c.sql, c.args...)
	}
	return q
}

// insert adds rows to the tenant, whatever tenant they name. There has to be at least one.
func insert[M any, P interface {
	*M
	stamp(tenancy.ID)
}](tx scopedTx, rows ...M) *bun.InsertQuery {
	for i := range rows {
		P(&rows[i]).stamp(tx.tenant)
	}
	return tx.db.NewInsert().Model(&rows).Returning("NULL")
}

// replacing sets columns of a row that is there already to what was to be inserted.
func replacing(q *bun.InsertQuery, columns ...string) *bun.InsertQuery {
	for _, column := range columns {
		q = q.Set("? = EXCLUDED.?", bun.Ident(column), bun.Ident(column))
	}
	return q
}

// incrementing adds one to a column of a row that is there already, as long as it is below a limit.
func incrementing(q *bun.InsertQuery, column string, limit int) *bun.InsertQuery {
	name := bun.Ident(column)
	return q.Set("? = ?TableAlias.? + 1", name, name).Where("?TableAlias.? < ?", name, limit)
}

func (tx scopedTx) scoped(conditions []condition) []condition {
	conditions = slices.DeleteFunc(slices.Clone(conditions), func(c condition) bool { return c.sql == "" })
	if tx.unscoped {
		return conditions
	}
	return slices.Insert(conditions, 0, where("?TableAlias.tenant_id = ?", tx.tenant.String()))
}

// affected returns how many rows a query changed.
func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
