package kql_test

import (
	"fmt"

	"github.com/velocicompanion/velocicompanion/companion/hunt/kql"
)

// A query that was understood can be asked about values, as they stand in rows.
func ExampleParse() {
	q, err := kql.Parse(`CommandLine: *-enc*`)
	if err != nil {
		panic(err)
	}
	field := q.Expr.(kql.Field)
	fmt.Println(field.Name.Match("CommandLine"), field.Value.Match([]byte(`"powershell.exe -ENC aQBlAHgA"`)))
	_, err = kql.Parse(`Name: (cmd.exe or`)
	fmt.Println(err)
	// Output:
	// true true
	// kql: at column 18: expected a value or "(", found the end
}
