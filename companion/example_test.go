package companion_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
	"github.com/velocicompanion/velocicompanion/virustotal"
	"github.com/velocicompanion/velocicompanion/virustotal/vtapi"
	"github.com/velocicompanion/velocicompanion/virustotal/vttest"
)

var secret = []byte("a secret of at least thirty-two random bytes")

// newTenant is what a service without the companion's own login does for each of its customers.
func newTenant(stores store.Stores, name string) tenancy.ID {
	t := tenancy.Tenant{ID: tenancy.New(), Name: name, CreatedAt: time.Now()}
	if err := stores.Tenants.CreateTenant(context.Background(), t); err != nil {
		panic(err)
	}
	return t.ID
}

// A service mounts the handler under a prefix of its own router. With PostgreSQL, stores are db.Stores() of
// postgres.Open.
func Example_embedAndMount() {
	c, err := companion.New(memory.New(), companion.Config{Secret: secret})
	if err != nil {
		panic(err)
	}
	router := http.NewServeMux()
	router.Handle("/hunting/", http.StripPrefix("/hunting", transport.New(c, transport.Config{})))

	answer := httptest.NewRecorder()
	router.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/hunting/health", nil))
	fmt.Print(answer.Body)
	// Output: {"status":"ok"}
}

// trustedProxy takes the word of a proxy that has logged the user in and that nobody can go around.
type trustedProxy struct{ tenants map[string]tenancy.ID }

func (p trustedProxy) Authenticate(_ context.Context, r auth.Request) (auth.Principal, error) {
	user, customer, found := strings.Cut(r.Header.Get("X-Verified-User"), "@")
	tenant, known := p.tenants[customer]
	if !found || !known {
		return auth.Principal{}, auth.ErrUnauthenticated
	}
	return auth.Principal{UserID: user, Username: user, Home: tenant, Tenant: tenant, Role: auth.RoleUser}, nil
}

// A service that has its own login brings an Authenticator; the companion's own login is then not served.
func Example_ownAuthenticator() {
	stores := memory.New()
	acme := newTenant(stores, "Acme")
	c, err := companion.New(stores, companion.Config{
		Authenticator: trustedProxy{map[string]tenancy.ID{"acme.example": acme}},
	})
	if err != nil {
		panic(err)
	}
	handler := transport.New(c, transport.Config{})
	for _, user := range []string{"ana@acme.example", "bob@elsewhere.example"} {
		request := httptest.NewRequest(http.MethodGet, "/api/hosts", nil)
		request.Header.Set("X-Verified-User", user)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		fmt.Println(user, answer.Code)
	}
	// Output:
	// ana@acme.example 200
	// bob@elsewhere.example 401
}

// Rows go in through a Reader and come back byte for byte.
func Example_ingestAndReadBack() {
	ctx := context.Background()
	stores := memory.New()
	acme := newTenant(stores, "Acme")
	c, err := companion.New(stores, companion.Config{Secret: secret})
	if err != nil {
		panic(err)
	}
	report, err := c.Ingest.Ingest(ctx, acme, &velociraptor.Table{
		Body:     strings.NewReader(`{"Pid":4, "Keywords":9223372036854775808}` + "\n" + `{"Pid":8}` + "\n"),
		Artifact: "Windows.System.Pslist", ClientID: "C.4c9bfb82d6c7fe51", FlowID: "F.1",
	})
	if err != nil {
		panic(err)
	}
	kept := report.Collections[0].Collection
	fmt.Println(kept.Status, kept.Results[0].Stored)
	for row, err := range c.Ingest.Rows(ctx, acme, kept.ID, "Windows.System.Pslist", 0) {
		if err != nil {
			panic(err)
		}
		fmt.Println(string(row))
	}
	// Output:
	// complete 2
	// {"Pid":4, "Keywords":9223372036854775808}
	// {"Pid":8}
}

// A test of a service asks a fake VirusTotal, which speaks the real one's HTTP.
func Example_fakeVirusTotal() {
	const hash = "16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"
	source := vttest.NewServer()
	defer source.Close()
	source.Add(virustotal.Report{SHA256: hash, Stats: virustotal.Stats{Malicious: 41, Undetected: 29}, ThreatLabel: "trojan.test/demo"})
	client, err := vtapi.New(vttest.Key, vtapi.Config{BaseURL: source.URL})
	if err != nil {
		panic(err)
	}
	stores := memory.New()
	acme := newTenant(stores, "Acme")
	c, err := companion.New(stores, companion.Config{Secret: secret, VirusTotalClient: client})
	if err != nil {
		panic(err)
	}
	for range 2 {
		answer, err := c.VirusTotal.Lookup(context.Background(), acme, hash)
		if err != nil {
			panic(err)
		}
		fmt.Println(answer.Verdict, answer.FromCache)
	}
	fmt.Println(source.Calls(), "call")
	// Output:
	// malicious false
	// malicious true
	// 1 call
}
