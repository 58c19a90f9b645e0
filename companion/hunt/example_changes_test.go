package hunt_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/companion/hunt"
	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// collect brings processes of web01 into a tenant of its own, a collection for each text, and returns their ids.
func collect(texts ...string) (questions *hunt.Service, scope hunt.Scope, host string, ids []string) {
	ctx, stores, tenant := context.Background(), memory.New(), tenancy.New()
	must(stores.Tenants.CreateTenant(ctx, tenancy.Tenant{ID: tenant, Name: "Acme", CreatedAt: time.Now()}))
	ingestion, err := ingest.New(stores.Collections, stores.Hosts, ingest.Config{})
	must(err)
	questions, err = hunt.New(stores.Collections, stores.Hosts, stores.Hunts, hunt.Config{})
	must(err)
	for i, text := range texts {
		report, err := ingestion.Ingest(ctx, tenant, &velociraptor.Table{
			Body: strings.NewReader(text), Artifact: "Linux.Sys.Pslist", Hostname: "web01", FlowID: fmt.Sprint("F.", i),
		})
		must(err)
		ids = append(ids, report.Collections[0].Collection.ID)
		host = report.Collections[0].Collection.HostID
	}
	return questions, hunt.Scope{Tenants: []tenancy.ID{tenant}}, host, ids
}

const (
	monday = `{"Name":"sshd","Exe":"/usr/sbin/sshd","Username":"root","CreateTime":"2026-06-01T08:00:00Z"}
{"Name":"nginx","Exe":"/usr/sbin/nginx","Username":"www-data","CreateTime":"2026-06-01T08:00:05Z"}`
	tuesday = `{"Name":"sshd","Exe":"/usr/sbin/sshd","Username":"root","CreateTime":"2026-06-02T08:00:00Z"}
{"Name":"nginx","Exe":"/usr/sbin/nginx","Username":"root","CreateTime":"2026-06-02T08:00:05Z"}
{"Name":"kworkerds","Exe":"/var/tmp/kworkerds","Username":"root","CreateTime":"2026-06-02T03:12:00Z"}`
)

// What is new on a host, and what is the same with something else about it. That processes were started anew is neither.
func ExampleService_Diff() {
	questions, scope, _, ids := collect(monday, tuesday)
	answer, err := questions.Diff(context.Background(), hunt.Diff{
		Scope: scope, Artifact: "Linux.Sys.Pslist",
		Before: hunt.Side{Collections: ids[:1]}, After: hunt.Side{Collections: ids[1:]},
	})
	must(err)
	for _, host := range answer.Hosts {
		for _, e := range host.Added {
			fmt.Printf("%s: new %s, on %d hosts of the fleet\n", host.Hostname, e.Key, e.FleetHosts)
		}
		for _, e := range host.Changed {
			fmt.Printf("%s: %s: %s was %s and is %s\n", host.Hostname, e.Key, e.Columns[0].Column, e.Columns[0].Before, e.Columns[0].After)
		}
	}
	// Output:
	// web01: new ["kworkerds" "/var/tmp/kworkerds"], on 1 hosts of the fleet
	// web01: ["nginx" "/usr/sbin/nginx"]: Username was ["www-data"] and is ["root"]
}

// What happened on a host in the night.
func ExampleService_Timeline() {
	questions, scope, host, _ := collect(monday, tuesday)
	scope.From, scope.To = time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 2, 6, 0, 0, 0, time.UTC)
	answer, err := questions.Timeline(context.Background(), hunt.Timeline{Scope: scope, HostID: host, Limit: 100})
	must(err)
	for _, row := range answer.Rows {
		fmt.Printf("%s %s %s\n", row.Time.Format(time.RFC3339), row.Artifact, row.Data)
	}
	// Output: 2026-06-02T03:12:00Z Linux.Sys.Pslist {"Name":"kworkerds","Exe":"/var/tmp/kworkerds","Username":"root","CreateTime":"2026-06-02T03:12:00Z"}
}

// Which columns an artifact has, and what is in them most.
func ExampleService_Artifact() {
	questions, scope, _, _ := collect(monday, tuesday)
	answer, err := questions.Artifact(context.Background(), scope, "Linux.Sys.Pslist", 1)
	must(err)
	for _, c := range answer.Columns[2:] {
		fmt.Printf("%s: %s in %d of %d rows, %d values, such as %s\n", c.Path, c.Types, c.Rows, answer.Rows, c.Distinct, c.Top[0].Value)
	}
	// Output:
	// Name: [string] in 5 of 5 rows, 3 values, such as "nginx"
	// Username: [string] in 5 of 5 rows, 2 values, such as "root"
}

// How a query goes on: the cursor stands behind what was typed.
func ExampleService_Complete() {
	questions, scope, _, _ := collect(monday, tuesday)
	scope.Query = "Username: root and Name: k"
	answer, err := questions.Complete(context.Background(), hunt.Complete{Scope: scope, Position: len(scope.Query), Limit: 1})
	must(err)
	fmt.Println(scope.Query[:answer.From] + answer.Suggestions[0].Text)
	// Output: Username: root and Name: "kworkerds"
}
