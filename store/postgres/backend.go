package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/driver/pgdriver"

	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/internal/bunstore"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// backend runs transactions that are scoped to a tenant.
type backend struct {
	db         *bun.DB
	migrator   *bunstore.Migrator
	configured string // role
	// role is what transactions switch to, "" for none; nil as long as the database was not found fit for use.
	role atomic.Pointer[string]
}

// Read implements bunstore.Backend.
func (b *backend) Read(ctx context.Context, scope bunstore.Scope, fn func(bun.IDB) error) error {
	return b.run(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, scope, fn)
}

// Write implements bunstore.Backend.
func (b *backend) Write(ctx context.Context, scope bunstore.Scope, fn func(bun.IDB) error) error {
	return b.run(ctx, nil, scope, fn)
}

// Ping implements bunstore.Backend. It is a transaction, because database/sql replaces a lost connection for one but
// not for its own ping.
func (b *backend) Ping(ctx context.Context) error {
	return b.Read(ctx, bunstore.Scope{}, func(bun.IDB) error { return nil })
}

func (b *backend) run(ctx context.Context, opts *sql.TxOptions, scope bunstore.Scope, fn func(bun.IDB) error) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	return translate(b.db.RunInTx(ctx, opts, func(ctx context.Context, tx bun.Tx) error {
		if err := enter(ctx, tx, *b.role.Load(), scope); err != nil {
			return err
		}
		return fn(tx)
	}))
}

// enter confines the rest of a transaction to a scope, in one round trip. Nothing of it outlives the transaction.
func enter(ctx context.Context, tx bun.Tx, role string, scope bunstore.Scope) error {
	query := "SELECT set_config('companion.tenant_id', ?, true), set_config('companion.lookup', ?, true)"
	args := []any{scope.Tenant.String(), scope.Lookup}
	if role != "" {
		query += ", set_config('role', ?, true)"
		args = append(args, role)
	}
	if scope.Lock != "" {
		query += ", pg_advisory_xact_lock(?)"
		args = append(args, lockKey(scope))
	}
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// lockKey is the number of an advisory lock. Two locks that share one are merely slow.
func lockKey(scope bunstore.Scope) int64 {
	sum := sha256.Sum256([]byte("velocicompanion " + scope.Tenant.String() + " " + scope.Lock))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// Codes of PostgreSQL's errors, and the beginnings of those that tell of a connection or a server that has ended.
const (
	connectionFailure     = "08"
	invalidParameter      = "22023" // SET role to one that does not exist
	foreignKeyViolation   = "23503"
	insufficientPrivilege = "42501"
	diskFull              = "53100"
	tooManyConnections    = "53300"
	operatorIntervention  = "57P" // as a shutdown, also when it is not over yet
)

// translate says in the terms of the domain what the database refused. Foreign keys of what a caller can get wrong all
// refer to a tenant.
func translate(err error) error {
	switch code := sqlState(err); {
	case code == "" && isLost(err), code == tooManyConnections,
		strings.HasPrefix(code, connectionFailure), strings.HasPrefix(code, operatorIntervention):
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	case code == "":
		return err
	case code == diskFull:
		return fmt.Errorf("%w: %w", store.ErrNoSpace, err)
	case code == foreignKeyViolation:
		return tenancy.ErrNotFound
	default:
		return fmt.Errorf("postgres: %w", err)
	}
}

// isLost reports whether an error is of a connection that has ended, or that could not be made.
func isLost(err error) bool {
	var network *net.OpError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &network)
}

// sqlState returns the code that the server gave an error, or "" when it is not the server's. It knows the errors of
// pgdriver and, for handles of the caller's, those of drivers that say SQLState.
func sqlState(err error) string {
	var own pgdriver.Error
	if errors.As(err, &own) {
		return own.Field('C')
	}
	var other interface{ SQLState() string }
	if errors.As(err, &other) {
		return other.SQLState()
	}
	return ""
}
