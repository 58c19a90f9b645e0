package virustotal_test

import (
	"context"
	"fmt"

	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

func ExampleService_Lookup() {
	ctx := context.Background()
	source := vttest.NewServer() // in production, leave vtapi.Config.BaseURL empty
	defer source.Close()
	source.Add(virustotal.Report{
		MD5:         "44d88612fea8a8f36de82e1278abb02f",
		SHA256:      "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
		Stats:       virustotal.Stats{Malicious: 64, Undetected: 4},
		ThreatLabel: "virus.eicar/test",
	})
	client, err := vtapi.New(vttest.Key, vtapi.Config{BaseURL: source.URL})
	if err != nil {
		panic(err)
	}

	stores, tenant := memory.New(), tenancy.New()
	if err := stores.Tenants.CreateTenant(ctx, tenancy.Tenant{ID: tenant, Name: "demo"}); err != nil {
		panic(err)
	}
	service, err := virustotal.New(stores.Verdicts, client, virustotal.Config{CallsPerMinute: 4, DailyQuota: 500})
	if err != nil {
		panic(err)
	}

	for _, text := range []string{
		"275A021BBFB6489E54D471899F7DB9D1663FC695EC2FE2A2C4538AABF651FD0F", // asks the source
		"44d88612fea8a8f36de82e1278abb02f",                                 // the same file, known by now
	} {
		hash, err := virustotal.ParseHash(text)
		if err != nil {
			panic(err)
		}
		answer, err := service.Lookup(ctx, tenant, hash)
		if err != nil {
			panic(err)
		}
		fmt.Println(answer.Verdict, answer.FromCache, answer.Message())
	}
	// Output:
	// malicious false 64 of 68 engines call this file malicious (virus.eicar/test)
	// malicious true 64 of 68 engines call this file malicious (virus.eicar/test)
}
