package postgres

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/uptrace/bun/driver/pgdriver"
)

// connector makes connections that are replaced when they were lost.
type connector struct{ *pgdriver.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return conn{made.(*pgdriver.Conn)}, nil
}

// conn tells database/sql of a connection that was lost while it idled, so that another one is taken. pgdriver says so
// only when it is used once more, after a transaction has failed.
type conn struct{ *pgdriver.Conn }

// BeginTx implements driver.ConnBeginTx. Nothing was done yet on a connection that pgdriver closed because of an error.
func (c conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil && !c.IsValid() {
		return nil, errors.Join(driver.ErrBadConn, err)
	}
	return tx, err
}
