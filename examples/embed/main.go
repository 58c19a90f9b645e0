// Command embed is a small service that has a router and a login of its own and mounts VelociCompanion under a prefix.
//
//	go run ./examples/embed
//	curl -c jar -d 'name=ana' localhost:8080/login
//	curl -b jar localhost:8080/hunting/api/hosts
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/store/memory"
	"github.com/velocicompanion/velocicompanion/tenancy"
	"github.com/velocicompanion/velocicompanion/transport"
)

func main() {
	handler, err := service(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: "localhost:8080", Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// service returns the whole service: its own pages, and VelociCompanion below /hunting/.
func service(ctx context.Context) (http.Handler, error) {
	stores := memory.New()
	acme := tenancy.Tenant{ID: tenancy.New(), Name: "Acme", CreatedAt: time.Now()}
	if err := stores.Tenants.CreateTenant(ctx, acme); err != nil {
		return nil, err
	}
	sessions := &sessions{customers: map[string]tenancy.ID{"ana": acme.ID}, users: map[string]string{}}
	c, err := companion.New(stores, companion.Config{Authenticator: sessions})
	if err != nil {
		return nil, err
	}
	router := http.NewServeMux()
	router.HandleFunc("POST /login", sessions.logIn)
	router.Handle("/hunting/", http.StripPrefix("/hunting", transport.New(c, transport.Config{})))
	return router, nil
}

const cookieName = "session"

// sessions is the service's own login: it knows which customer a user works for, and who is behind a cookie. (It asks
// for no password, so that the example stays short.)
type sessions struct {
	customers map[string]tenancy.ID // by user name

	mu    sync.Mutex
	users map[string]string // by cookie
}

func (s *sessions) logIn(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	if _, ok := s.customers[name]; !ok {
		http.Error(w, "unknown user", http.StatusUnauthorized)
		return
	}
	cookie := rand.Text()
	s.mu.Lock()
	s.users[cookie] = name
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	fmt.Fprintln(w, "welcome")
}

// Authenticate makes the service's session the companion's credential.
func (s *sessions) Authenticate(_ context.Context, r auth.Request) (auth.Principal, error) {
	cookie, err := (&http.Request{Header: http.Header(r.Header)}).Cookie(cookieName)
	if err != nil {
		return auth.Principal{}, auth.ErrUnauthenticated
	}
	s.mu.Lock()
	name, ok := s.users[cookie.Value]
	s.mu.Unlock()
	if !ok {
		return auth.Principal{}, errors.Join(auth.ErrUnauthenticated, errors.New("the session has ended"))
	}
	home := s.customers[name]
	return auth.Principal{UserID: name, Username: name, Home: home, Tenant: home, Role: auth.RoleUser}, nil
}
