package auth_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/store"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// TestT6TheCallSitesOfTheDirectories lists every function of the module that uses a method of auth.Directory or of
// hunt.Directory, that is of the only look-ups that name no tenant. A new one has to be put here, and thought about.
func TestT6TheCallSitesOfTheDirectories(t *testing.T) {
	t.Parallel()
	var found []string
	root := filepath.Join("..")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (strings.HasPrefix(name, ".") && path != root || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		require.NoError(t, err)
		if strings.HasPrefix(filepath.ToSlash(relative), "store/storetest/") { // the suite tests the methods themselves
			return nil
		}
		for _, f := range usersOf(t, path, "Resolve", "GrantsOf", "Watching") {
			found = append(found, filepath.ToSlash(relative)+" "+f)
		}
		return nil
	}))
	assert.ElementsMatch(t, []string{
		"auth/lookup.go userByName",
		"auth/lookup.go userByID",
		"auth/lookup.go sessionByKey",
		"auth/lookup.go inviteByKey",
		"auth/lookup.go apiTokenByKey",
		"auth/lookup.go tenantsOf",
		"companion/companion.go complete", // looks at the field of this name
		"companion/companion.go New",
		"companion/hunt/watch.go lookAround",
	}, found)
}

// usersOf returns the names of the functions of a file that select one of names, once for each use.
func usersOf(t *testing.T, path string, names ...string) (users []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, decl := range file.Decls {
		user := "at top level"
		if f, ok := decl.(*ast.FuncDecl); ok {
			user = f.Name.Name
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				for _, name := range names {
					if s.Sel.Name == name {
						users = append(users, user)
					}
				}
			}
			return true
		})
	}
	return users
}

// pickyStores fail the test when they are asked for something that a database would not take.
type pickyStores struct {
	auth.Store
	auth.Directory
	t *testing.T
}

func (p *pickyStores) User(ctx context.Context, tenant tenancy.ID, id string) (auth.User, error) {
	assert.Len(p.t, id, 36)
	return p.Store.User(ctx, tenant, id)
}

func (p *pickyStores) Resolve(ctx context.Context, kind auth.EntryKind, key string) (tenancy.ID, string, error) {
	assert.Regexp(p.t, `^[a-z0-9._@+-]{1,64}$`, key)
	return p.Directory.Resolve(ctx, kind, key)
}

func TestHostileTextDoesNotReachTheStores(t *testing.T) {
	t.Parallel()
	e := newEnv(t, func(_ *auth.Config, s *store.Stores) {
		picky := &pickyStores{s.Auth, s.Directory, t}
		s.Auth, s.Directory = picky, picky
	})
	for _, text := range []string{"", "\x00", "\xff", "{" + e.admin.UserID + "}", "' or 1=1 --", strings.Repeat("x", 65)} {
		_, err := e.User(e.ctx, e.admin, text)
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = e.UpdateUser(e.ctx, e.admin, text, auth.UserUpdate{})
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = e.Grant(e.ctx, e.admin, e.admin.Home, text, auth.RoleUser, time.Time{})
		require.ErrorIs(t, err, auth.ErrNotFound)
		_, err = e.Login(e.ctx, text, password)
		require.ErrorIs(t, err, auth.ErrUnauthenticated)
		_, err = e.Refresh(e.ctx, text)
		require.ErrorIs(t, err, auth.ErrUnauthenticated)
		_, err = e.Register(e.ctx, auth.Registration{Username: "ana", Password: password, Invite: "vci_" + text})
		require.ErrorIs(t, err, auth.ErrInvalid)
	}
}
