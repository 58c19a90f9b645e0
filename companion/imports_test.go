package companion_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/velocicompanion/velocicompanion/"

// house says for each folder what it may import: of this module by folder, and of other modules by what anybody who
// imports the folder then compiles. Folders below a named one follow its rule unless they have one of their own.
// companion/hunt is a domain package in all but its folder: it declares a store, which the adapters import.
// "net/http" stands in the second list where HTTP is wanted, so that a server cannot slip into a domain package.
var house = map[string]struct{ own, others []string }{
	"tenancy":                 {},
	"auth":                    {[]string{"tenancy"}, []string{"github.com/golang-jwt/jwt/v5", "github.com/google/uuid", "golang.org/x/crypto", "golang.org/x/sync", "golang.org/x/time"}},
	"hosts":                   {[]string{"tenancy"}, []string{"github.com/google/uuid"}},
	"ingest":                  {[]string{"tenancy", "hosts", "ingest"}, []string{"github.com/google/uuid", "github.com/klauspost/compress", "golang.org/x/net/idna", "golang.org/x/sync", "golang.org/x/text"}},
	"companion/hunt":          {[]string{"tenancy", "hosts", "ingest", "virustotal", "companion/hunt"}, []string{"github.com/google/uuid", "github.com/klauspost/compress", "golang.org/x/net/idna", "golang.org/x/sync", "golang.org/x/text", "golang.org/x/time"}},
	"virustotal":              {[]string{"tenancy"}, []string{"golang.org/x/sync", "golang.org/x/time"}},
	"virustotal/vtapi":        {[]string{"tenancy", "virustotal"}, []string{"golang.org/x/sync", "golang.org/x/time", "net/http"}},
	"virustotal/vttest":       {[]string{"tenancy", "virustotal"}, []string{"golang.org/x/sync", "golang.org/x/time", "net/http"}},
	"store":                   {domain, core},
	"store/memory":            {append([]string{"store"}, domain...), core},
	"store/storetest":         {append([]string{"store"}, domain...), anything},
	"store/postgres":          {append([]string{"store"}, domain...), anything},
	"store/sqlite":            {append([]string{"store"}, domain...), anything},
	"store/internal":          {append([]string{"store"}, domain...), anything},
	"companion":               {append([]string{"store", "companion"}, domain...), core},
	"companion/companiontest": {append([]string{"store", "companion"}, domain...), append([]string{"net/http"}, core...)},
	"transport":               {append([]string{"store", "companion", "transport"}, domain...), append([]string{"net/http", "github.com/danielgtaylor/huma/v2"}, core...)},
	"examples":                {append([]string{"store", "companion", "transport", "examples"}, domain...), anything},
}

var (
	domain   = []string{"tenancy", "auth", "hosts", "ingest", "virustotal", "companion/hunt"}
	core     = []string{"github.com/golang-jwt/jwt/v5", "github.com/google/uuid", "github.com/klauspost/compress", "golang.org/x/crypto", "golang.org/x/net/idna", "golang.org/x/sync", "golang.org/x/sys", "golang.org/x/text", "golang.org/x/time"}
	anything = []string{""}
)

type listedPackage struct {
	ImportPath string
	Standard   bool
	Deps       []string
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	packages := goList(t, "./...")
	standard := map[string]bool{}
	for _, p := range goList(t, "-deps", "./...") {
		standard[p.ImportPath] = p.Standard
	}
	for _, p := range packages {
		folder := strings.TrimPrefix(p.ImportPath, module)
		rule, ok := house[ruleOf(folder)]
		require.Truef(t, ok, "%s has no place in the house", folder)
		for _, dep := range p.Deps {
			if own, isOwn := strings.CutPrefix(dep, module); isOwn {
				require.Truef(t, own == ruleOf(folder) || covers(rule.own, own), "%s imports %s: that arrow runs the wrong way", folder, own)
			} else if !standard[dep] || dep == "net/http" {
				require.Truef(t, covers(rule.others, dep), "%s imports %s, which makes it heavier for everybody who imports it", folder, dep)
			}
		}
	}
}

func TestImportRulesCanFail(t *testing.T) {
	t.Parallel()
	require.False(t, covers(house["auth"].own, "store/postgres"))
	require.False(t, covers(house["ingest"].others, "github.com/uptrace/bun"))
	require.False(t, covers(house["hosts"].others, "net/http"))
	require.False(t, covers(house["companion/hunt"].own, "store"))
	require.False(t, covers(house["store/memory"].own, "companion"))
	require.Equal(t, "store/internal", ruleOf("store/internal/anything/below"))
	require.Empty(t, ruleOf("utils"))
}

// ruleOf returns the longest folder of the house that folder is or lies below.
func ruleOf(folder string) string {
	for at := folder; at != ""; {
		if _, ok := house[at]; ok {
			return at
		}
		i := strings.LastIndexByte(at, '/')
		at = at[:max(i, 0)]
	}
	return ""
}

func covers(allowed []string, path string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == "" || path == a || strings.HasPrefix(path, a+"/")
	})
}

func goList(t *testing.T, args ...string) []listedPackage {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,Deps"}, args...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	require.NoError(t, err)
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p listedPackage
		require.NoError(t, d.Decode(&p))
		packages = append(packages, p)
	}
	require.NotEmpty(t, packages)
	return packages
}
