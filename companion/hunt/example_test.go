package hunt_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// smallFleet returns a companion over the processes of three hosts.
func smallFleet() (*companion.Companion, hunt.Scope) {
	stores := memory.New()
	t := tenancy.Tenant{ID: tenancy.New(), Name: "a customer"}
	ctx := context.Background()
	must(stores.Tenants.CreateTenant(ctx, t))
	c, err := companion.New(stores, companion.Config{Secret: []byte("a secret of at least thirty-two random bytes")})
	must(err)
	for i, rows := range []string{
		`{"Pid":4,"Name":"System"}` + "\n" + `{"Pid":88,"Name":"svchost.exe"}`,
		`{"Pid":4,"Name":"System"}` + "\n" + `{"Pid":96,"Name":"svchost.exe"}`,
		`{"Pid":4,"Name":"System"}` + "\n" + `{"Pid":77,"Name":"evil.exe"}`,
	} {
		_, err = c.Ingest.Ingest(ctx, t.ID, &velociraptor.Table{
			Body: strings.NewReader(rows), Form: velociraptor.JSONLines, Artifact: "Windows.System.Pslist", Hostname: fmt.Sprint("pc-", i+1),
		})
		must(err)
	}
	return c, hunt.Scope{Tenants: []tenancy.ID{t.ID}}
}

func ExampleService_Search() {
	c, scope := smallFleet()
	scope.Query = `Name: *.exe and Pid < 90`
	found, err := c.Hunt.Search(context.Background(), hunt.Search{Scope: scope, Order: hunt.Stored, Limit: 10})
	must(err)
	for _, row := range found.Rows {
		fmt.Println(row.Hostname, row.Row, string(row.Data))
	}
	fmt.Println(found.Scanned.Rows, "rows of", found.Scanned.Hosts, "hosts")
	// Output:
	// pc-1 1 {"Pid":88,"Name":"svchost.exe"}
	// pc-3 1 {"Pid":77,"Name":"evil.exe"}
	// 6 rows of 3 hosts
}

func ExampleService_Stack() {
	c, scope := smallFleet()
	found, err := c.Hunt.Stack(context.Background(), hunt.Stack{
		Scope: scope, Artifact: "Windows.System.Pslist", Fields: []string{"Name"}, Limit: 2,
	})
	must(err)
	for _, v := range found.Values {
		fmt.Println(string(v.Values[0]), v.Rows, "rows on", v.Hosts, "of", found.HostsTotal, "hosts, as", v.SampleHosts[0].Hostname)
	}
	fmt.Println(found.Distinct, "values")
	// Output:
	// "evil.exe" 1 rows on 1 of 3 hosts, as pc-3
	// "svchost.exe" 2 rows on 2 of 3 hosts, as pc-1
	// 3 values
}

func ExampleService_RunSaved() {
	c, scope := smallFleet()
	ctx, tenant := context.Background(), scope.Tenants[0]
	saved, err := c.Hunt.Save(ctx, tenant, hunt.SavedHunt{Name: "names"})
	must(err)
	run := func() hunt.Comparison {
		compared, err := c.Hunt.RunSaved(ctx, tenant, saved.ID, hunt.Stack{
			Scope: scope, Artifact: "Windows.System.Pslist", Fields: []string{"Name"},
		})
		must(err)
		return compared
	}
	run()
	_, err = c.Ingest.Ingest(ctx, tenant, &velociraptor.Table{
		Body: strings.NewReader(`{"Name":"new.exe"}`), Form: velociraptor.JSONLines, Artifact: "Windows.System.Pslist", Hostname: "pc-4",
	})
	must(err)
	fmt.Printf("%s\n", run().New)
	// Output: [["new.exe"]]
}
