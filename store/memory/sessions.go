package memory

import (
	"context"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

type session struct {
	auth.Session
	keys      []string // the current one is the last
	rotatedAt time.Time
}

func (b *backend) CreateSession(ctx context.Context, tenant tenancy.ID, s auth.Session, key string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if _, ok := t.users[s.UserID]; !ok {
			return auth.ErrNotFound
		}
		refresh := entry{auth.EntryRefresh, key}
		if _, taken := t.sessions[s.ID]; taken || !b.free(refresh) {
			return auth.ErrExists
		}
		s.CreatedAt, s.ExpiresAt = kept(s.CreatedAt), kept(s.ExpiresAt)
		b.endSessions(t, func(old session) bool {
			return old.UserID == s.UserID && expired(old.ExpiresAt, s.CreatedAt)
		})
		t.sessions[s.ID] = session{Session: s, keys: []string{key}}
		b.directory[refresh] = target{t.ID, s.ID}
		return nil
	})
}

func (b *backend) Session(ctx context.Context, tenant tenancy.ID, id string) (s auth.Session, u auth.User, err error) {
	err = b.view(ctx, tenant, func(t *tenantData) error {
		found, err := find(t.sessions, id, auth.ErrNotFound)
		if err != nil {
			return err
		}
		s, u = found.Session, t.users[found.UserID]
		return nil
	})
	return s, u, err
}

func (b *backend) RotateSession(ctx context.Context, tenant tenancy.ID, id string, r auth.Rotation) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		s, err := find(t.sessions, id, auth.ErrNotFound)
		if err != nil {
			return err
		}
		current := s.keys[len(s.keys)-1]
		if r.Grace > 0 && r.New == current && s.rotatedAt.After(kept(r.At.Add(-r.Grace))) {
			return nil
		}
		if r.Old != current {
			b.endSessions(t, func(other session) bool { return other.Family == s.Family })
			return auth.ErrReused
		}
		refresh := entry{auth.EntryRefresh, r.New}
		if !b.free(refresh) {
			return auth.ErrExists
		}
		s.keys, s.rotatedAt = append(s.keys, r.New), kept(r.At)
		t.sessions[id] = s
		b.directory[refresh] = target{t.ID, id}
		return nil
	})
}

func (b *backend) EndSession(ctx context.Context, tenant tenancy.ID, id string) error {
	return b.update(ctx, tenant, func(t *tenantData) error {
		if ended, ok := t.sessions[id]; ok {
			b.endSessions(t, func(s session) bool { return s.Family == ended.Family })
		}
		return nil
	})
}

// endSessions removes the sessions that are chosen, and their keys.
func (b *backend) endSessions(t *tenantData, chosen func(session) bool) {
	for id, s := range t.sessions {
		if !chosen(s) {
			continue
		}
		delete(t.sessions, id)
		for _, key := range s.keys {
			delete(b.directory, entry{auth.EntryRefresh, key})
		}
	}
}
