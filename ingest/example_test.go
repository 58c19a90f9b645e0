package ingest_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

func ExampleService_Ingest() {
	ctx := context.Background()
	stores := memory.New()
	tenant := tenancy.New()
	if err := stores.Tenants.CreateTenant(ctx, tenancy.Tenant{ID: tenant, Name: "Acme"}); err != nil {
		panic(err)
	}
	service, err := ingest.New(stores.Collections, stores.Hosts, ingest.Config{})
	if err != nil {
		panic(err)
	}

	report, err := service.Ingest(ctx, tenant, &velociraptor.Table{
		Body:     strings.NewReader("{\"Pid\":1,\"Name\":\"init\"}\n}\n{\"Pid\":18446744073709551615}\n"),
		Artifact: "Linux.Sys.Pslist",
		Hostname: "web01",
	})
	if err != nil {
		panic(err)
	}
	c := report.Collections[0].Collection
	fmt.Println(c.Hostname, c.Status, c.Results[0].Stored, "rows")
	for _, r := range c.Results[0].Rejections {
		fmt.Println("line", r.Line, r.Reason)
	}
	for row, err := range service.Rows(ctx, tenant, c.ID, "Linux.Sys.Pslist", 0) {
		if err != nil {
			panic(err)
		}
		fmt.Println(string(row))
	}
	// Output:
	// web01 partial 2 rows
	// line 2 not a JSON object at byte 0
	// {"Pid":1,"Name":"init"}
	// {"Pid":18446744073709551615}
}
