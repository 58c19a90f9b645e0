package bunstore

import (
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	_ "modernc.org/sqlite"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

func testTx(t *testing.T) scopedTx {
	t.Helper()
	pool, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	tenant, err := tenancy.Parse("01a20a94-c191-7357-9910-703e71120b74")
	require.NoError(t, err)
	return scopedTx{db: bun.NewDB(pool, pgdialect.New()), tenant: tenant}
}

func TestNoConditionReachesAroundTheTenant(t *testing.T) {
	t.Parallel()
	tx := testTx(t)
	or := where("kind = 'login' OR 1 = 1")
	const scoped = `WHERE ("d".tenant_id = '01a20a94-c191-7357-9910-703e71120b74') AND (kind = 'login' OR 1 = 1)`

	assert.Contains(t, tx.find((*directoryRow)(nil), or).String(), scoped)
	assert.Contains(t, tx.update(&directoryRow{}, or).Set("id = ''").String(), scoped)
	assert.Contains(t, tx.remove((*directoryRow)(nil), or).String(), scoped)
}

func TestRowsAreStampedWithTheTenantOfTheCall(t *testing.T) {
	t.Parallel()
	tx := testTx(t)
	foreign := directoryRow{owned: owned{tenancy.New().String()}, Key: "key"}
	query := insert(tx, foreign).String()
	assert.Contains(t, query, tx.tenant.String())
	assert.NotContains(t, query, foreign.TenantID)
}

func TestConditionsOnHostileValuesHoldForNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\x00", "a\x00b", "\xff"} {
		assert.Equal(t, never, is("key", text))
		assert.Equal(t, never, in("key", []string{text}))
		assert.Equal(t, never, nameContains(text))
		assert.Equal(t, never, hasClientID(text))
	}
	for _, id := range []string{"", "1", "' OR 1 = 1 --", "01A20A94-C191-7357-9910-703E71120B74", "{01a20a94-c191-7357-9910-703e71120b74}"} {
		assert.Equal(t, never, hasID("id", id))
		assert.Equal(t, never, hasIDIn("id", []string{id}))
		if id != "" {
			assert.Equal(t, never, beyond("id", ">", id))
		}
	}
}

// queryMakers are the methods of Bun that begin a query or add a condition to one.
var queryMakers = map[string]bool{
	"NewSelect": true, "NewInsert": true, "NewUpdate": true, "NewDelete": true, "NewRaw": true, "NewMerge": true,
	"NewValues": true, "NewTruncateTable": true, "NewCreateTable": true, "NewDropTable": true, "ExecContext": true,
	"QueryContext": true, "QueryRowContext": true, "PrepareContext": true, "Where": true, "WhereOr": true, "WhereGroup": true,
	"WherePK": true, "WhereAllWithDeleted": true, "WhereDeleted": true, "ApplyQueryBuilder": true, "QueryBuilder": true,
	"Union": true, "UnionAll": true, "Having": true, "TableExpr": true, "ModelTableExpr": true,
}

// lookups are the functions that read without a tenant.
var lookups = map[string]bool{"Resolve": true, "GrantsOf": true, "Tenants": true, "Watching": true}

func TestEveryQueryIsMadeByTheHelpersThatScopeIt(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	made, looked := 0, 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "migrator.go" { // which is about no tenant
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, decl := range parsed.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				called, ok := n.(*ast.SelectorExpr)
				switch {
				case !ok:
				case queryMakers[called.Sel.Name]:
					assert.Equal(t, "query.go", file, "%s calls %s", fn.Name.Name, called.Sel.Name)
					made++
				case called.Sel.Name == "lookup", called.Sel.Name == "Lookup":
					assert.True(t, lookups[fn.Name.Name] || fn.Name.Name == "lookup", "%s reads without a tenant", fn.Name.Name)
					looked++
				case called.Sel.Name == "backend":
					assert.Equal(t, "bunstore.go", file, "%s goes around the transactions", fn.Name.Name)
				}
				return true
			})
		}
	}
	assert.GreaterOrEqual(t, made, 4, "the test sees what query.go does")
	assert.GreaterOrEqual(t, looked, len(lookups), "the test sees the look-ups")
}
