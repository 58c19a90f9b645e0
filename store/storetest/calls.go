package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

// call is one method of a store, called in a tenant with ids and keys from names.
type call struct {
	method string // as in auth.Store.User
	do     func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error)
}

// calls returns a call of every method of every interface that is about tenants.
func calls() []call {
	return append(append(append(tenantCalls(), reads()...), changes()...), additions()...)
}

// scopedCalls returns those that are about what is inside a tenant.
func scopedCalls() []call { return append(append(reads(), changes()...), additions()...) }

func isNotFound(err error) bool {
	return errors.Is(err, auth.ErrNotFound) || errors.Is(err, hosts.ErrNotFound) ||
		errors.Is(err, ingest.ErrNotFound) || errors.Is(err, virustotal.ErrNotFound) || errors.Is(err, hunt.ErrNotFound)
}

func tenantCalls() []call {
	return []call{
		{"tenancy.Store.CreateTenant", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Tenants.CreateTenant(ctx, tenancy.Tenant{ID: tenant, Name: "created"})
		}},
		{"tenancy.Store.Tenant", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Tenants.Tenant(ctx, tenant)
		}},
		{"tenancy.Store.Tenants", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Tenants.Tenants(ctx, []tenancy.ID{tenant})
		}},
		{"tenancy.Store.DeleteTenant", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Tenants.DeleteTenant(ctx, tenant)
		}},
	}
}

// reads are the calls that change nothing.
func reads() []call { return append(append(authReads(), resultReads()...), huntReads()...) }

func authReads() []call {
	return []call{
		{"auth.Store.User", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.User(ctx, tenant, n.user)
		}},
		{"auth.Store.Users", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.Users(ctx, tenant, "", 100)
		}},
		{"auth.Store.APIToken", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.APIToken(ctx, tenant, n.token)
		}},
		{"auth.Store.APITokens", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.APITokens(ctx, tenant)
		}},
		{"auth.Store.Invite", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.Invite(ctx, tenant, n.invite)
		}},
		{"auth.Store.Invites", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.Invites(ctx, tenant, at(0))
		}},
		{"auth.Store.Session", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			login, u, err := s.Auth.Session(ctx, tenant, n.session)
			return []any{login, u}, err
		}},
		{"auth.Store.Grant", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.Grant(ctx, tenant, n.grantee)
		}},
		{"auth.Store.Grants", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.Grants(ctx, tenant)
		}},
		{"auth.Store.AuditEvents", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Auth.AuditEvents(ctx, tenant, "", 100)
		}},
	}
}

func resultReads() []call {
	return []call{
		{"hosts.Store.Host", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hosts.Host(ctx, tenant, n.host)
		}},
		{"hosts.Store.Hosts", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hosts.Hosts(ctx, tenant, hosts.Filter{ClientID: n.clientID, Limit: 100})
		}},
		{"hosts.Store.Count", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hosts.Count(ctx, tenant)
		}},
		{"ingest.Store.Collection", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.Collection(ctx, tenant, n.collection)
		}},
		{"ingest.Store.Collections", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.Collections(ctx, tenant, ingest.CollectionFilter{Artifact: n.artifact, Limit: 100})
		}},
		{"ingest.Store.Marks", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.Marks(ctx, tenant, n.result)
		}},
		{"ingest.Store.Input", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.Input(ctx, tenant, n.input)
		}},
		{"ingest.Store.Artifacts", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.Artifacts(ctx, tenant)
		}},
		{"ingest.Store.Revision", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.Revision(ctx, tenant)
		}},
		{"ingest.Store.Chunks", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return gather(s.Collections.Chunks(ctx, tenant, ingest.ChunkFilter{Artifacts: []string{n.artifact}}))
		}},
		{"ingest.Store.Blocks", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return gather(s.Collections.Blocks(ctx, tenant, n.artifact, []string{"x"}, []string{n.chunk, n.stagedChunk}))
		}},
		{"ingest.Store.News", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Collections.News(ctx, tenant, 100)
		}},
		{"virustotal.Store.Record", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Verdicts.Record(ctx, tenant, n.hash)
		}},
		{"virustotal.Store.Files", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Verdicts.Files(ctx, tenant, virustotal.FileFilter{Limit: 100})
		}},
		{"virustotal.Store.CountFiles", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Verdicts.CountFiles(ctx, tenant)
		}},
	}
}

func huntReads() []call {
	return []call{
		{"hunt.Store.SavedHunt", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.SavedHunt(ctx, tenant, n.savedHunt)
		}},
		{"hunt.Store.SavedHunts", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.SavedHunts(ctx, tenant)
		}},
		{"hunt.Store.LastRun", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.LastRun(ctx, tenant, n.savedHunt)
		}},
		{"hunt.Store.Watchlist", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.Watchlist(ctx, tenant, n.watchlist)
		}},
		{"hunt.Store.WatchlistWithList", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			w, list, err := s.Hunts.WatchlistWithList(ctx, tenant, n.watchlist)
			return []any{w, list}, err
		}},
		{"hunt.Store.Watchlists", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.Watchlists(ctx, tenant)
		}},
		{"hunt.Store.Sightings", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.Sightings(ctx, tenant, hunt.SightingFilter{WatchlistID: n.watchlist, Limit: 100})
		}},
	}
}

// gather returns what an iterator yields until its first error.
func gather[V any](seq iter.Seq2[V, error]) ([]V, error) {
	var values []V
	for v, err := range seq {
		if err != nil {
			return values, err
		}
		values = append(values, v)
	}
	return values, nil
}

// changes are the calls that are about something that is there already.
func changes() []call {
	return []call{
		{"auth.Store.UpdateUser", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			hash := "changed"
			return s.Auth.UpdateUser(ctx, tenant, n.user, auth.UserChange{PasswordHash: &hash})
		}},
		{"auth.Store.RedeemInvite", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.RedeemInvite(ctx, tenant, n.invite, at(1), newUser("guest "+newID(), auth.RoleUser))
		}},
		{"auth.Store.DeleteInvite", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.DeleteInvite(ctx, tenant, n.invite)
		}},
		{"auth.Store.CreateSession", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.CreateSession(ctx, tenant, newSession(n.user, tenant), newID())
		}},
		{"auth.Store.RotateSession", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.RotateSession(ctx, tenant, n.session, rotation(n.refresh, newID()))
		}},
		{"auth.Store.EndSession", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.EndSession(ctx, tenant, n.session)
		}},
		{"auth.Store.UseAPIToken", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.UseAPIToken(ctx, tenant, n.token, at(7))
		}},
		{"auth.Store.DeleteAPIToken", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.DeleteAPIToken(ctx, tenant, n.token)
		}},
		{"auth.Store.DeleteGrant", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.DeleteGrant(ctx, tenant, n.grantee)
		}},
		{"ingest.Store.AppendChunks", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			chunk := newChunk(ingest.Result{ID: n.stagedResult, Artifact: n.artifact}, 1, "appended")
			return nil, s.Collections.AppendChunks(ctx, tenant, n.stage, []ingest.Chunk{chunk}, at(20))
		}},
		{"ingest.Store.ReplaceBlocks", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			header := ingest.ChunkHeader{ID: n.chunk, Artifact: n.artifact}
			return nil, s.Collections.ReplaceBlocks(ctx, tenant, ingest.Chunk{ChunkHeader: header})
		}},
		{"ingest.Store.CommitStage", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			c, _ := n.delivery("committed")
			c.Results[0].ID, c.Results[0].Stored = n.stagedResult, 2
			return s.Collections.CommitStage(ctx, tenant, n.stage, Ready(c))
		}},
		{"ingest.Store.DropStage", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Collections.DropStage(ctx, tenant, n.stage)
		}},
		{"hunt.Store.PutRun", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.PutRun(ctx, tenant, n.savedHunt, newRun("changed"))
		}},
		{"hunt.Store.RenameSavedHunt", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.RenameSavedHunt(ctx, tenant, n.savedHunt, "changed")
		}},
		{"hunt.Store.DeleteSavedHunt", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.DeleteSavedHunt(ctx, tenant, n.savedHunt)
		}},
		{"ingest.Store.ForgetNews", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Collections.ForgetNews(ctx, tenant, []string{n.result})
		}},
		{"hunt.Store.RenameWatchlist", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.RenameWatchlist(ctx, tenant, n.watchlist, "changed")
		}},
		{"hunt.Store.HoldMatching", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Hunts.HoldMatching(ctx, tenant, n.holder, at(0), at(1))
		}},
		{"hunt.Store.ReleaseMatching", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.ReleaseMatching(ctx, tenant, n.holder)
		}},
		{"hunt.Store.PutMatch", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.PutMatch(ctx, tenant, hunt.Match{WatchlistID: n.watchlist, Revision: n.revision, At: at(9)})
		}},
		{"hunt.Store.DeleteWatchlist", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.DeleteWatchlist(ctx, tenant, n.watchlist)
		}},
	}
}

// additions are the calls that make something new or put it in the place of what was there.
func additions() []call {
	return []call{
		{"auth.Store.CreateUser", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.CreateUser(ctx, tenant, newUser("added "+newID(), auth.RoleUser))
		}},
		{"auth.Store.CreateInvite", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.CreateInvite(ctx, tenant, newInvite(), newID())
		}},
		{"auth.Store.CreateAPIToken", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.CreateAPIToken(ctx, tenant, newAPIToken(), newID())
		}},
		{"auth.Store.PutGrant", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.PutGrant(ctx, tenant, auth.Grant{UserID: n.grantee, Role: auth.RoleAdmin, CreatedAt: at(0)})
		}},
		{"auth.Store.AppendAudit", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Auth.AppendAudit(ctx, tenant, newEvent())
		}},
		{"hosts.Store.Upsert", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			obs := hosts.Observation{ClientID: n.clientID, Facts: hosts.Facts{OS: "added"}}
			h, _, err := s.Hosts.Upsert(ctx, tenant, obs, at(1))
			return h, err
		}},
		{"hosts.Store.UpsertAll", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			obs := hosts.Observation{ClientID: n.clientID, Facts: hosts.Facts{OS: "added"}}
			return s.Hosts.UpsertAll(ctx, tenant, []hosts.Observation{obs, {Facts: hosts.Facts{Hostname: "added"}}}, at(1))
		}},
		{"ingest.Store.OpenStage", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Collections.OpenStage(ctx, tenant, newID(), at(1000), at(1010))
		}},
		{"ingest.Store.KeepInput", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Collections.KeepInput(ctx, tenant, sha256.Sum256([]byte(newID())), nil)
		}},
		{"virustotal.Store.PutRecord", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Verdicts.PutRecord(ctx, tenant, []virustotal.Hash{n.hash}, newRecord())
		}},
		{"virustotal.Store.Spend", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return s.Verdicts.Spend(ctx, tenant, n.day, 1000)
		}},
		{"hunt.Store.PutSavedHunt", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.PutSavedHunt(ctx, tenant, newSavedHunt())
		}},
		{"hunt.Store.PutWatchlist", func(ctx context.Context, s store.Stores, tenant tenancy.ID, n names) (any, error) {
			return nil, s.Hunts.PutWatchlist(ctx, tenant, newWatchlist(), []byte("added"))
		}},
	}
}
