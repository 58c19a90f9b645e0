// Command mutate takes away one guard between tenants at a time and runs the tests of the stores, which have to fail: a
// policy of row-level security, a condition of a query, a tenant's column in a key, a tenant in a join. It changes no
// file: the compiler is given the changed text by -overlay.
//
//	go run ./.ci/mutate [-only TEXT] [-j N]
//
// It prints every change with "caught", "equivalent" or "SURVIVED", and ends with 1 when one survived. All of it takes some
// half an hour on two cores.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// mutation is one change of one file.
type mutation struct {
	file string
	at   int // where in the file the text old stands
	old  string
	new  string
	runs [][]string // arguments of go test, one run after the other until one fails
}

// equivalent are the changes that no test can see, by the file and what is taken away, and why: something else holds it.
var equivalent = map[string]string{
	bunstore + `/blocks.go: where("b.chunk_id BETWEEN ? AND ?", slices.Min(chunkIDs), slices.Max(chunkIDs))`: "the list of ids is exact, this is for speed",
	bunstore + `/hosts.go: in("client_id", clients)`:                                                         "hosts.Apply looks for itself, this is for speed",
	bunstore + `/hosts.go: in("name_key", names)`:                                                            "hosts.Apply looks for itself, this is for speed",
	bunstore + `/hosts.go: where("client_id = ''")`:                                                          "hosts.Apply looks for itself, this is for speed",
	bunstore + `/sightings.go: hasIDAmong("collection_id", part)`:                                            "the places are looked at one by one, this is for speed",
	bunstore + "/sessions.go: join:tenant_id=tenant_id,":                                                     "the id of a user is unique over all tenants: it is in the directory",
}

const (
	bunstore = "store/internal/bunstore"
	suite    = "^(TestStores|TestConformance|TestT[0-9]+.*)$"
)

var (
	onSQLite   = []string{"./store/internal/bunstore", "./store/sqlite", "-run", suite + "|TestNoConditionReachesAroundTheTenant|TestRowsAreStamped"}
	onPostgres = []string{"./store/postgres", "-run", suite}
	onMemory   = []string{"./store/memory", "-run", suite}
	catalogue  = []string{"./store/postgres", "-run", "^TestT3"}
)

func main() {
	only := flag.String("only", "", "make only the changes whose description holds this text")
	workers := flag.Int("j", 2, "how many changes to try at once")
	flag.Parse()
	all, err := mutations()
	if err != nil {
		fail(err)
	}
	var group errgroup.Group
	group.SetLimit(*workers)
	var survived atomic.Int64
	for _, m := range all {
		if !strings.Contains(m.String(), *only) {
			continue
		}
		group.Go(func() error {
			caught, err := m.isCaught()
			switch {
			case err != nil:
				return err
			case caught:
				fmt.Println("caught    ", m)
			case equivalent[m.file+": "+oneLine(m.old)] != "":
				fmt.Println("equivalent", m, "because", equivalent[m.file+": "+oneLine(m.old)])
			default:
				survived.Add(1)
				fmt.Println("SURVIVED  ", m)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		fail(err)
	}
	if n := survived.Load(); n > 0 {
		fail(fmt.Errorf("%d changes went unnoticed", n))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mutate:", err)
	os.Exit(1)
}

// String describes a mutation, with the line it is in.
func (m mutation) String() string {
	text, _ := os.ReadFile(m.file)
	line := 1 + bytes.Count(text[:m.at], []byte("\n"))
	return fmt.Sprintf("%s:%d: %s -> %s", m.file, line, oneLine(m.old), oneLine(m.new))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// isCaught reports whether a test fails on the changed text.
func (m mutation) isCaught() (bool, error) {
	text, err := os.ReadFile(m.file)
	if err != nil {
		return false, err
	}
	changed := string(text[:m.at]) + m.new + string(text[m.at+len(m.old):])
	folder, err := os.MkdirTemp("", "mutate-*")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(folder)
	overlay, err := writeOverlay(folder, m.file, changed)
	if err != nil {
		return false, err
	}
	for _, run := range m.runs {
		args := append([]string{"test", "-overlay", overlay, "-failfast", "-vet=off", "-timeout", "5m"}, run...)
		out, err := exec.Command("go", args...).CombinedOutput()
		if bytes.Contains(out, []byte("[build failed]")) {
			return false, fmt.Errorf("%s does not build: %s", m, out)
		}
		if err != nil {
			return true, nil
		}
	}
	return false, nil
}

// writeOverlay makes the file that tells go build to read other text in the place of a file.
func writeOverlay(folder, file, text string) (string, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	other := filepath.Join(folder, filepath.Base(file))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: other}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		return "", err
	}
	list := filepath.Join(folder, "overlay.json")
	return list, os.WriteFile(list, overlay, 0o600)
}

func mutations() (all []mutation, err error) {
	for _, step := range []func() ([]mutation, error){policies, keys, conditions, joins, byHand} {
		found, err := step()
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// replacing finds each place where a pattern matches in a file, and puts what replacement says there.
func replacing(file, pattern, replacement string, runs ...[]string) ([]mutation, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	re := regexp.MustCompile(pattern)
	var found []mutation
	for _, at := range re.FindAllSubmatchIndex(text, -1) {
		replaced := re.Expand(nil, []byte(replacement), text, at)
		found = append(found, mutation{file, at[0], string(text[at[0]:at[1]]), string(replaced), runs})
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s has nothing like %s any more", file, pattern)
	}
	return found, nil
}

// sum is the mutations of several calls of replacing.
func sum(calls ...func() ([]mutation, error)) (all []mutation, err error) {
	for _, call := range calls {
		found, err := call()
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// schemas are the files that make an adapter's tables.
func schemas(adapter string) ([]string, error) {
	return filepath.Glob("store/" + adapter + "/migrations/*.up.sql")
}

// policies takes each table's policy away, and what makes policies hold, after the last migration: one may have made it anew.
func policies() (all []mutation, err error) {
	files, err := schemas("postgres")
	if err != nil {
		return nil, err
	}
	var whole []byte
	last, end := "", 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		whole = append(whole, text...)
		last, end = file, len(text)
	}
	for _, table := range regexp.MustCompile(`CREATE TABLE (vc_\w+)`).FindAllSubmatch(whole, -1) {
		for _, statement := range []string{
			"DROP POLICY tenant ON %s;", "ALTER TABLE %s DISABLE ROW LEVEL SECURITY;", "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;",
			"ALTER POLICY tenant ON %s USING (true);", "ALTER POLICY tenant ON %s WITH CHECK (true);",
		} {
			added := "\n" + fmt.Sprintf(statement, table[1]) + "\n"
			all = append(all, mutation{last, end, "", added, [][]string{catalogue}})
		}
	}
	return all, nil
}

// keys takes the tenant out of each key, and each reference to a tenant.
func keys() (all []mutation, err error) {
	for adapter, run := range map[string][]string{"postgres": onPostgres, "sqlite": onSQLite} {
		files, err := schemas(adapter)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			for pattern, replacement := range map[string]string{
				`(PRIMARY KEY|UNIQUE) \(tenant_id, `:                      "$1 (",
				`(CREATE UNIQUE INDEX \w+ ON \w+) \(tenant_id, `:          "$1 (",
				`NOT NULL REFERENCES vc_tenants ON DELETE CASCADE`:        "NOT NULL",
				`(home_id\s+\w+) REFERENCES vc_tenants ON DELETE CASCADE`: "$1",
			} {
				// A later migration need not have any.
				if found, err := replacing(file, pattern, replacement, run); err == nil {
					all = append(all, found...)
				}
			}
		}
	}
	slices.SortFunc(all, func(x, y mutation) int { return strings.Compare(x.file, y.file)*1_000_000 + x.at - y.at })
	return all, nil
}

// conditions lets each condition of a query hold for everything: each argument that is made by a function which returns a
// condition.
func conditions() (all []mutation, err error) {
	files, err := filepath.Glob(bunstore + "/*.go")
	if err != nil {
		return nil, err
	}
	makers := map[string]bool{}
	parsed := map[string]*ast.File{}
	positions := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if parsed[file], err = parser.ParseFile(positions, file, nil, 0); err != nil {
			return nil, err
		}
		for _, d := range parsed[file].Decls {
			if f, ok := d.(*ast.FuncDecl); ok && returnsCondition(f) {
				makers[f.Name.Name] = true
			}
		}
	}
	for _, file := range files {
		if parsed[file] == nil || filepath.Base(file) == "condition.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		ast.Inspect(parsed[file], func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); ok && makers[name.Name] {
				from, to := positions.Position(call.Pos()).Offset, positions.Position(call.End()).Offset
				old := string(text[from:to])
				all = append(all, mutation{
					file, from, old, "func(condition) condition { return condition{} }(" + old + ")", [][]string{onSQLite, onPostgres},
				})
			}
			return true
		})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no conditions any more", bunstore)
	}
	return all, nil
}

func returnsCondition(f *ast.FuncDecl) bool {
	results := f.Type.Results
	if f.Recv != nil || results == nil || len(results.List) != 1 {
		return false
	}
	name, ok := results.List[0].Type.(*ast.Ident)
	return ok && name.Name == "condition"
}

// joins takes the tenant out of each join.
func joins() (all []mutation, err error) {
	files, err := filepath.Glob(bunstore + "/*.go")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		for _, pattern := range []string{`\w+\.tenant_id = \w+\.tenant_id AND `, `join:tenant_id=tenant_id,`} {
			if found, err := replacing(file, pattern, "", onSQLite, onPostgres); err == nil {
				all = append(all, found...)
			}
		}
	}
	return all, nil
}

// byHand is what has no pattern.
func byHand() ([]mutation, error) {
	in := func(file, old, new string, runs ...[]string) func() ([]mutation, error) {
		return func() ([]mutation, error) { return replacing(file, regexp.QuoteMeta(old), new, runs...) }
	}
	const anyTenant = "func() *tenantData { for _, t := range b.tenants { return t }; return &tenantData{} }()"
	return sum(
		in(bunstore+"/query.go", "P(&rows[i]).stamp(tx.tenant)", "_ = P(&rows[i])", onSQLite),
		in("store/memory/memory.go", "read(b.tenant(id))", "read("+anyTenant+")", onMemory),
		in("store/memory/memory.go", "write(b.tenant(id))", "write("+anyTenant+")", onMemory),
		in("store/memory/tenants.go", "return to.tenant == id", "return false", onMemory),
		in("store/memory/tenants.go", "return to.tenant == id", "return true", onMemory),
		in("store/memory/tenants.go", "return g.Home == id", "return false", onMemory),
		in("store/memory/tenants.go", "return g.Home == id", "return true", onMemory),
		in("store/postgres/backend.go", "scope.Tenant.String(), scope.Lookup", `scope.Tenant.String(), "alice"`, onPostgres),
		in("store/postgres/backend.go", "set_config('companion.tenant_id', ?, true)", "set_config('companion.tenant_id', ?, false)", onPostgres),
		in("store/postgres/backend.go", "set_config('companion.lookup', ?, true)", "set_config('companion.lookup', ?, false)", onPostgres),
		in("store/postgres/backend.go", "set_config('role', ?, true)", "set_config('role', ?, false)", onPostgres),
		in("store/postgres/isolation.go", "user.Exempt {", "user.Exempt && false {", onPostgres),
	)
}
