package auth_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/velocicompanion/velocicompanion/auth"
)

func TestApplyingAChangeOfAUser(t *testing.T) {
	t.Parallel()
	before := auth.User{Username: "ana", Role: auth.RoleUser, Active: true, PasswordHash: "old"}
	role, active, hash := auth.RoleAdmin, false, "new"
	for name, test := range map[string]struct {
		change auth.UserChange
		want   func(u *auth.User)
		ends   bool
	}{
		"nothing":     {auth.UserChange{}, func(*auth.User) {}, false},
		"role":        {auth.UserChange{Role: &role}, func(u *auth.User) { u.Role = role }, false},
		"deactivated": {auth.UserChange{Active: &active}, func(u *auth.User) { u.Active = false }, true},
		"password":    {auth.UserChange{PasswordHash: &hash}, func(u *auth.User) { u.PasswordHash = hash }, true},
		"rehash": {
			auth.UserChange{PasswordHash: &hash, RehashOf: "old"}, func(u *auth.User) { u.PasswordHash = hash }, false,
		},
		"late rehash": {auth.UserChange{PasswordHash: &hash, RehashOf: "older"}, func(*auth.User) {}, false},
		"deactivated, late rehash": {
			auth.UserChange{PasswordHash: &hash, RehashOf: "older", Active: &active},
			func(u *auth.User) { u.Active = false }, true,
		},
	} {
		want := before
		test.want(&want)
		got, ends := test.change.Apply(before)
		assert.Equal(t, want, got, name)
		assert.Equal(t, test.ends, ends, name)
	}
}
