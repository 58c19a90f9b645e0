package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// sessionRow has the session's current key; those that were rotated away are only in the directory.
type sessionRow struct {
	bun.BaseModel `bun:"table:vc_sessions,alias:s"`
	owned
	ID         string `bun:"id,pk"`
	FamilyID   string
	UserID     string
	ActingIn   string `bun:",nullzero"`
	Shared     bool
	RefreshKey string
	RotatedAt  time.Time `bun:",nullzero"`
	CreatedAt  time.Time
	ExpiresAt  time.Time
	User       *userRow `bun:"rel:belongs-to,join:tenant_id=tenant_id,join:user_id=id"`
}

func (r sessionRow) entity() (auth.Session, error) {
	acting, err := tenantID(r.ActingIn)
	return auth.Session{
		ID: r.ID, Family: r.FamilyID, UserID: r.UserID, Tenant: acting, Shared: r.Shared,
		CreatedAt: kept(r.CreatedAt), ExpiresAt: kept(r.ExpiresAt),
	}, err
}

func (s authStore) CreateSession(ctx context.Context, tenant tenancy.ID, session auth.Session, key string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		if _, err := one[userRow](ctx, tx, auth.ErrNotFound, hasID("id", session.UserID)); err != nil {
			return err
		}
		created := kept(session.CreatedAt)
		expired := []condition{hasID("user_id", session.UserID), where("expires_at <= ?", created)}
		if _, err := endSessions(ctx, tx, expired...); err != nil {
			return err
		}
		added, err := affected(insert(tx, sessionRow{
			ID: session.ID, FamilyID: session.Family, UserID: session.UserID, ActingIn: session.Tenant.String(), RefreshKey: key,
			Shared: session.Shared, CreatedAt: created, ExpiresAt: kept(session.ExpiresAt),
		}).On("CONFLICT DO NOTHING").Exec(ctx))
		if err != nil {
			return err
		}
		if added == 0 {
			return auth.ErrExists
		}
		return enter(ctx, tx, directoryRow{Kind: auth.EntryRefresh, Key: key, ID: session.ID})
	})
}

func (s authStore) Session(ctx context.Context, tenant tenancy.ID, id string) (session auth.Session, u auth.User, err error) {
	err = s.read(ctx, tenant, func(tx scopedTx) error {
		var r sessionRow
		err := tx.find(&r, hasID("s.id", id)).Relation("User").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return auth.ErrNotFound
		}
		if err != nil {
			return err
		}
		if session, err = r.entity(); err != nil {
			return err
		}
		u, err = r.User.entity()
		return err
	})
	return session, u, err
}

func (s authStore) RotateSession(ctx context.Context, tenant tenancy.ID, id string, r auth.Rotation) error {
	reused := false
	err := s.write(ctx, tenant, func(tx scopedTx) error {
		rotated, err := affected(tx.update((*sessionRow)(nil), hasID("id", id), is("refresh_key", r.Old)).
			Set("refresh_key = ?", r.New).Set("rotated_at = ?", kept(r.At)).Exec(ctx))
		if err != nil {
			return err
		}
		if rotated == 1 {
			return enter(ctx, tx, directoryRow{Kind: auth.EntryRefresh, Key: r.New, ID: id})
		}
		if again, err := rotatedLately(ctx, tx, id, r); err != nil || again {
			return err
		}
		ended, err := endFamily(ctx, tx, id)
		if err == nil && ended == 0 {
			return auth.ErrNotFound
		}
		reused = true
		return err
	})
	if err == nil && reused {
		return auth.ErrReused
	}
	return err
}

// rotatedLately reports whether just this rotation was made within its grace already.
func rotatedLately(ctx context.Context, tx scopedTx, id string, r auth.Rotation) (bool, error) {
	if r.Grace <= 0 {
		return false, nil
	}
	since := where("rotated_at > ?", kept(r.At.Add(-r.Grace)))
	return tx.find((*sessionRow)(nil), hasID("id", id), is("refresh_key", r.New), since).Exists(ctx)
}

func (s authStore) EndSession(ctx context.Context, tenant tenancy.ID, id string) error {
	return s.write(ctx, tenant, func(tx scopedTx) error {
		_, err := endFamily(ctx, tx, id)
		return err
	})
}

// endFamily ends a session and all others of its family, and returns how many there were.
func endFamily(ctx context.Context, tx scopedTx, id string) (int, error) {
	family, err := familyOf(ctx, tx, id)
	if err != nil || family == "" {
		return 0, err
	}
	return endSessions(ctx, tx, hasID("family_id", family))
}

// familyOf returns the family of a session, or "" when there is no such session.
func familyOf(ctx context.Context, tx scopedTx, id string) (family string, err error) {
	err = tx.find((*sessionRow)(nil), hasID("id", id)).Column("family_id").Scan(ctx, &family)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return family, err
}

// endSessions removes the sessions for which the conditions hold, with all their keys, and returns how many there were.
func endSessions(ctx context.Context, tx scopedTx, conditions ...condition) (int, error) {
	var ids []string
	if err := tx.remove((*sessionRow)(nil), conditions...).Returning("id").Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), leave(ctx, tx, auth.EntryRefresh, ids...)
}
