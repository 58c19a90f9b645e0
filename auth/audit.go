package auth

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// AuditEvent says who did what in a tenant, and when. It holds no secrets.
type AuditEvent struct {
	// ID is a UUID of version 7; events sort by it.
	ID       string
	TenantID tenancy.ID
	At       time.Time
	// Action is one of the Action constants; Target is the id or name of what it was done to.
	Action Action
	Target string
	// ActorID and Actor are the id and the name of the user; ActorHome is the user's home tenant, which differs from
	// TenantID for work under a grant. All are empty where the actor is not known, as after a refused login.
	ActorID   string
	Actor     string
	ActorHome tenancy.ID
	// RequestID and Address come from the request's Origin.
	RequestID string
	Address   string
	// Detail is for people: the new role, the reason of a refusal.
	Detail string
}

// Action names what an [AuditEvent] records.
type Action string

// The actions that are recorded.
const (
	ActionLogin           Action = "login"
	ActionLoginRefused    Action = "login.refused"
	ActionLogout          Action = "logout"
	ActionTokenReused     Action = "session.token_reused"
	ActionAccessRefused   Action = "access.refused"
	ActionUserRegistered  Action = "user.registered"
	ActionUserChanged     Action = "user.changed"
	ActionPasswordChanged Action = "password.changed"
	ActionInviteCreated   Action = "invite.created"
	ActionInviteRevoked   Action = "invite.revoked"
	ActionTenantCreated   Action = "tenant.created"
	ActionTenantDeleted   Action = "tenant.deleted"
	ActionTenantEntered   Action = "tenant.entered"
	ActionGrantCreated    Action = "grant.created"
	ActionGrantRevoked    Action = "grant.revoked"
	ActionTokenCreated    Action = "token.created"
	ActionTokenDeleted    Action = "token.deleted"
	ActionTokenUsed       Action = "token.used"
	ActionKeyUsed         Action = "key.used"
	ActionIngested        Action = "collection.ingested"
	ActionRowsRefused     Action = "rows.refused" // that a server pushed, and was told nothing of
	ActionExported        Action = "collection.exported"
	ActionTenantQueried   Action = "tenant.queried" // by somebody who acts in another
)

// maxAuditText bounds each text of an event, in bytes.
const maxAuditText = 1000

// Record adds to the trail of the tenant that p acts in what p did there. An event that cannot be written is logged: what
// was done is done. It is written even when ctx has ended, because nobody gets off the trail by hanging up.
func (s *Service) Record(ctx context.Context, p Principal, action Action, target, detail string) {
	s.record(ctx, p.Tenant, p, action, target, detail)
}

// record is Record for a tenant that the actor does not act in; the zero actor is one that is not known.
func (s *Service) record(ctx context.Context, tenant tenancy.ID, actor Principal, action Action, target, detail string) {
	origin := OriginFrom(ctx)
	ctx, cancel := lasting(ctx)
	defer cancel()
	id, err := s.newID()
	if err == nil {
		err = s.store.AppendAudit(ctx, tenant, AuditEvent{
			ID: id, TenantID: tenant, At: s.now(), Action: action, Target: plain(target),
			ActorID: actor.UserID, Actor: actor.Username, ActorHome: actor.Home,
			RequestID: plain(origin.RequestID), Address: plain(origin.Address), Detail: plain(detail),
		})
	}
	if err != nil {
		s.cfg.Logger.ErrorContext(ctx, "auth: an audit event was not written", "tenant_id", tenant.String(),
			"action", string(action), "target", plain(target), "actor_id", actor.UserID, "error", err)
	}
}

// lasting returns a context that outlives the request, but not by much.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// plain is text without what could forge a line or what stores refuse, and not too long.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), maxAuditText)], "")
}

// AuditEvents returns at most limit (1 to MaxPage) events of the tenant that p acts in, newest first, beginning after the
// event with the id before ("" for the newest). Needs ReadAudit.
func (s *Service) AuditEvents(ctx context.Context, p Principal, before string, limit int) ([]AuditEvent, error) {
	if err := s.Require(ctx, p, ReadAudit); err != nil {
		return nil, err
	}
	if err := checkPage(before, limit); err != nil {
		return nil, err
	}
	return s.store.AuditEvents(ctx, p.Tenant, before, limit)
}
