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
	case isTime(m):
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

// addedToFlows are the columns that the results of a hunt have behind those of their rows.
func addedToFlows(from *source) columns {
	return columns{{"FlowId", &from.flowID}, {"ClientId", &from.clientID}, {"Fqdn", &from.fqdn}, {"_OrgId", new(string)}}
}

// addedToEvents are the columns that events, and rows of no flow, have behind their own.
func addedToEvents(from *source, artifact *string) columns {
	return columns{
		{"ClientId", &from.clientID}, {"Fqdn", &from.fqdn}, {"_OrgId", new(string)}, {"_Source", artifact}, {"_ts", &from.ts},
	}
}

// takeChosen takes the columns that Velociraptor adds off a row with a ClientId from wherever they stand, because somebody
// chose the columns, and their order. Only a ClientId tells; without one the others are the row's own. So is the FlowId of
// an event, which one with a _ts is, unless the row ends as one of a flow; and the _Source of what is no event, unless it
// is needed to name the artifact. The rest is in the place of members.
func takeChosen(members []jsonrow.Member, sourceNeeded bool) (from source, artifact string, rest []jsonrow.Member, ok bool) {
	if !slices.ContainsFunc(members, namesClient) {
		return from, "", nil, false
	}
	wanted := addedToFlows(&from)
	switch {
	case slices.ContainsFunc(members, isTime) && !endsInFlow(members):
		wanted = addedToEvents(&from, &artifact)
	case sourceNeeded:
		wanted = append(wanted, column{"_Source", &artifact})
	}
	first := len(members)
	for i := len(members) - 1; i >= 0; i-- { // of a key that is there twice the last one is the server's
		if !wanted.take(members[i]) {
			first--
			members[first] = members[i]
		}
	}
	return from, from.sourceOf(artifact), members[first:], true
}

func namesClient(m jsonrow.Member) bool {
	if !m.Is("ClientId") {
		return false
	}
	id, ok := m.Text()
	return ok && id != ""
}

func isTime(m jsonrow.Member) bool { return m.Is("_ts") && m.Value[0] >= '0' && m.Value[0] <= '9' }

func endsInFlow(members []jsonrow.Member) bool {
	var from source
	takeLast(members, addedToFlows(&from))
	return from.clientID != "" && from.flowID != ""
}
