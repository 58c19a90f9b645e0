package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
)

// row is a row as its domain package knows it.
type row[E any] interface{ entity() (E, error) }

// one returns the only entity for which the conditions hold, or notFound.
func one[R row[E], E any](ctx context.Context, tx scopedTx, notFound error, conditions ...condition) (E, error) {
	var r R
	switch err := tx.find(&r, conditions...).Limit(1).Scan(ctx); {
	case errors.Is(err, sql.ErrNoRows):
		var none E
		return none, notFound
	case err != nil:
		var none E
		return none, err
	}
	return r.entity()
}

// unlimited is a limit for list.
const unlimited = math.MaxInt32

// list returns the first entities, in an order by columns, for which the conditions hold; none when limit is not positive.
func list[R row[E], E any](ctx context.Context, tx scopedTx, order string, limit int, conditions ...condition) ([]E, error) {
	if limit <= 0 {
		return nil, nil
	}
	var rows []R
	if err := tx.find(&rows, conditions...).OrderExpr(order).Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]E, 0, len(rows))
	for _, r := range rows {
		e, err := r.entity()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
