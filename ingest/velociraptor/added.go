package velociraptor

import (
	"slices"
	"strings"

	"github.com/velocicompanion/velocicompanion/ingest/internal/jsonrow"
)

// columns are names of columns that Velociraptor adds to rows, and where the texts go that are taken from there.
type columns []column

type column struct {
	name string
	into *string // nil once it was taken
}

// addedColumns are the columns that are added to a row of a flow.
type addedColumns func(from *source, artifact *string) columns

func (c columns) without(name string) columns {
	return slices.DeleteFunc(c, func(one column) bool { return one.name == name })
}

// take takes the text of a member that is one of the columns and was not taken before.
func (c columns) take(m jsonrow.Member) bool {
	for i := range c {
		if !m.Is(c[i].name) || c[i].into == nil {
			continue
		}
		text, ok := added(m)
		if ok {
			*c[i].into, c[i].into = text, nil
		}
		return ok
	}
	return false
}

// added is what a column that was added says: a text, a time as a number, or nothing, null.
func added(m jsonrow.Member) (text string, ok bool) {
	switch {
	case string(m.Value) == "null":
		return "", true
	case m.Is("_ts") && m.Value[0] >= '0' && m.Value[0] <= '9':
		whole, _, _ := strings.Cut(string(m.Value), ".")
		return whole, true
	}
	return m.Text()
}

// takeLast returns members without those of the wanted ones that are together at their end, each at most once, whose
// texts it takes. Others may be among them as long as not all that are needed were found: ok.
func takeLast(members []jsonrow.Member, wanted columns, needed ...string) (rest []jsonrow.Member, ok bool) {
	var staying []jsonrow.Member
	missing := len(needed)
	i := len(members)
	for ; i > 0; i-- {
		m := members[i-1]
		if !wanted.take(m) {
			if missing == 0 {
				break
			}
			staying = append(staying, m)
			continue
		}
		if slices.ContainsFunc(needed, m.Is) {
			missing--
		}
	}
	slices.Reverse(staying)
	return append(members[:i:i], staying...), missing == 0
}

// takeChosen takes the columns that Velociraptor adds off a row that does not end in them: somebody chose the columns of
// the results of a hunt, and their order. Only a ClientId tells; without one the others are the row's own.
func takeChosen(members []jsonrow.Member) (from source, artifact string, rest []jsonrow.Member, ok bool) {
	wanted := columns{
		{"ClientId", &from.clientID}, {"FlowId", &from.flowID}, {"Fqdn", &from.fqdn}, {"_OrgId", new(string)}, {"_Source", &artifact},
	}
	rest = make([]jsonrow.Member, 0, len(members))
	for _, m := range members {
		if !wanted.take(m) {
			rest = append(rest, m)
		}
	}
	return from, artifact, rest, from.clientID != ""
}
