package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

type sighting struct {
	ID          string    `json:"id" format:"uuid"`
	WatchlistID string    `json:"watchlist_id" format:"uuid"`
	Indicator   string    `json:"indicator" doc:"As the list has it"`
	Kind        string    `json:"kind"`
	Value       string    `json:"value" doc:"In normal form"`
	HostID      string    `json:"host_id"`
	Hostname    string    `json:"hostname"`
	ClientID    string    `json:"client_id"`
	Artifact    string    `json:"artifact"`
	Collection  string    `json:"collection_id" format:"uuid"`
	Rows        int64     `json:"rows" doc:"How many rows have it"`
	FirstSeen   time.Time `json:"first_seen" doc:"The times of the rows"`
	LastSeen    time.Time `json:"last_seen"`
	SightedAt   time.Time `json:"sighted_at" doc:"When it was found"`
}

func viewSighting(s hunt.SightingOf) sighting {
	return sighting{
		ID: s.ID, WatchlistID: s.WatchlistID, Indicator: s.Indicator, Kind: s.Kind, Value: s.Value, HostID: s.HostID,
		Hostname: s.Host.Hostname, ClientID: s.Host.ClientID, Artifact: s.Artifact, Collection: s.CollectionID, Rows: s.Rows,
		FirstSeen: s.FirstSeen, LastSeen: s.LastSeen, SightedAt: s.SightedAt,
	}
}

type sightingList struct {
	page.Request
	WatchlistID string    `query:"watchlist_id"`
	HostID      string    `query:"host_id"`
	Indicator   string    `query:"indicator" maxLength:"32768" doc:"Written in any way, also defanged" example:"203.0.113.66"`
	Since       time.Time `query:"since" doc:"Only what was found at this time or later"`
}

func (a *api) routeSightings() {
	guarded(a, auth.Hunt, huma.Operation{
		OperationID: "list-sightings", Method: http.MethodGet, Path: "/api/sightings", Tags: []string{"Watchlists"},
		Summary: "Where indicators of watchlists were found, newest first",
		Description: withExample("There is one for each indicator of a watchlist, artifact and collection, however often they are matched.",
			"GET /api/sightings?indicator=/var/tmp/kworkerds",
			`[{"indicator":"/var/tmp/kworkerds","kind":"path","hostname":"web01","artifact":"Linux.Sys.Pslist","rows":1,"first_seen":"2026-06-02T03:12:00Z"}]`),
	}, a.listSightings)
}

func (a *api) listSightings(ctx context.Context, p auth.Principal, in *sightingList) (*listed[sighting], error) {
	before, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	f := hunt.SightingFilter{
		WatchlistID: in.WatchlistID, HostID: in.HostID, Since: in.Since, Before: before, Limit: in.Limit + 1,
	}
	if in.Indicator != "" {
		f.Values = []string{in.Indicator}
	}
	found, err := a.companion.Hunt.Sightings(ctx, p.Tenant, f)
	if err != nil {
		return nil, err
	}
	found, link := page.Cut(&in.Request, p.Tenant, found, func(s hunt.SightingOf) string { return s.ID })
	return list(found, link, viewSighting), nil
}
