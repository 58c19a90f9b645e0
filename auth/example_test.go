package auth_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/textproto"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store/memory"
)

func ExampleService_Login() {
	ctx := context.Background()
	stores := memory.New()
	secret := []byte(rand.Text() + rand.Text()) // the same for all replicas, from the operator
	service, err := auth.New(stores.Auth, stores.Directory, stores.Tenants, secret, auth.Config{})
	if err != nil {
		log.Fatal(err)
	}
	if _, _, err := service.EnsureAdmin(ctx, "Acme", "ana", "correct-horse-battery-staple"); err != nil {
		log.Fatal(err)
	}

	ctx = auth.WithOrigin(ctx, auth.Origin{Address: "192.0.2.1"})
	tokens, err := service.Login(ctx, "ana", "correct-horse-battery-staple")
	if err != nil {
		log.Fatal(err)
	}

	// On each request after that:
	principal, err := service.Authenticate(ctx, auth.Request{
		Header: textproto.MIMEHeader{"Authorization": {"Bearer " + tokens.Access}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(principal.Username, principal.Role)
	// Output: ana admin
}
