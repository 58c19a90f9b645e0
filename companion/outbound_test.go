package companion_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outbound are the files that reach out to other machines, and who says where to. The test below finds any other.
var outbound = map[string]string{
	"store/postgres/connect.go":  "the operator, by the URL of the database",
	"virustotal/vtapi/client.go": "the operator, by Config.BaseURL; a request brings a hash that was parsed",
}

// reaching are the names with which a program reaches out.
var reaching = map[string]bool{
	"http.Client": true, "http.DefaultClient": true, "http.Get": true, "http.Head": true, "http.Post": true,
	"http.PostForm": true, "http.NewRequest": true, "http.NewRequestWithContext": true, "http.Transport": true,
	"http.DefaultTransport": true, "httputil.ReverseProxy": true, "httputil.NewSingleHostReverseProxy": true,
	"net.Dial": true, "net.DialTimeout": true, "net.Dialer": true, "tls.Dial": true, "tls.Dialer": true,
	"net.LookupHost": true, "net.LookupIP": true, "net.Resolver": true, "smtp.SendMail": true, "exec.Command": true,
	"exec.CommandContext": true,
}

// TestA8NoRequestSaysWhomToCall holds that nothing but these files reaches out, so that no tenant's request can make the
// server call an address of its choosing. Examples, tests and what is for tests are not looked at.
func TestA8NoRequestSaysWhomToCall(t *testing.T) {
	t.Parallel()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, "../")
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "examples" || name != ".." && strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(name, "test")):
			return fs.SkipDir
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := s.X.(*ast.Ident); ok && reaching[of.Name+"."+s.Sel.Name] {
					found[name] = of.Name + "." + s.Sel.Name
				}
			}
			return true
		})
		return nil
	}))
	for name, with := range found {
		assert.NotEmpty(t, outbound[name], "%s reaches out with %s: say here who says where to", name, with)
	}
	assert.Len(t, found, len(outbound))
}
