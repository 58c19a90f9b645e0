package transport

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion/hunt"
)

// export streams all rows of a search. When it cannot go on, the answer is a problem as long as nothing was sent; later it
// breaks the connection, so that the reader does not take a part for the whole.
func (a *api) export(ctx context.Context, p auth.Principal, q hunt.Search, in *searchRequest) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, rw := humago.Unwrap(hc)
		w := bufio.NewWriterSize(&download{body: rw, control: http.NewResponseController(rw), idle: a.cfg.idleAnswer}, 64<<10)
		target := strings.Join(q.Artifacts, " ")
		var err error
		if preferred(in.Accept, linesType, csvType) == csvType {
			hc.SetHeader("Content-Type", csvType)
			err = a.exportCSV(ctx, q, in.Body.Columns, w)
		} else {
			hc.SetHeader("Content-Type", linesType)
			err = a.exportLines(ctx, q, w)
		}
		if err == nil {
			err = w.Flush()
		}
		a.companion.Auth.Record(ctx, p, auth.ActionExported, target, "search "+q.Query)
		if err != nil {
			a.breakOff(hc, err)
		}
	}}
}

func (a *api) exportLines(ctx context.Context, q hunt.Search, w *bufio.Writer) error {
	all, err := a.companion.Hunt.Export(ctx, q)
	if err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_, err = all.Rows(ctx, func(r hunt.Row) error { return e.Encode(viewFoundRow(r)) })
	return err
}

// source are the columns of a CSV that say where a row comes from.
var source = []string{"tenant_id", "host_id", "hostname", "client_id", "artifact", "collection_id", "flow_id", "row", "time"}

// exportCSV writes a header and a line for each row. Without a choice of columns it walks the rows twice: the header
// names what all of them have.
func (a *api) exportCSV(ctx context.Context, q hunt.Search, columns []string, w *bufio.Writer) error {
	all, err := a.companion.Hunt.Export(ctx, q)
	if err == nil && len(columns) == 0 {
		columns, err = columnsOf(ctx, all)
	}
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	_ = out.Write(unformulaic(header(columns)))
	_, err = all.Rows(ctx, func(r hunt.Row) error {
		members := make(map[string]json.RawMessage)
		if err := eachMember(r.Data, func(name string, value json.RawMessage) { members[name] = value }); err != nil {
			return err
		}
		line := []string{r.Tenant.String(), r.HostID, r.Hostname, r.ClientID, r.Artifact, r.CollectionID, r.FlowID,
			strconv.FormatInt(r.Row, 10), ""}
		if !r.Time.IsZero() {
			line[len(line)-1] = r.Time.Format(time.RFC3339Nano)
		}
		for _, column := range columns {
			line = append(line, cell(at(members, column)))
		}
		return out.Write(unformulaic(line))
	})
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return err
}

// columnsOf returns the names of the members of all rows, as they first come.
func columnsOf(ctx context.Context, all *hunt.Export) (columns []string, err error) {
	seen := make(map[string]bool)
	_, err = all.Rows(ctx, func(r hunt.Row) error {
		return eachMember(r.Data, func(name string, _ json.RawMessage) {
			if !seen[name] {
				seen[name] = true
				columns = append(columns, name)
			}
		})
	})
	return columns, err
}

// header names the columns of a CSV, each otherwise: those of rows that have a name that is taken have data. before it.
func header(columns []string) []string {
	names := slices.Clone(source)
	for _, name := range columns {
		for slices.Contains(names, name) {
			name = "data." + name
		}
		names = append(names, name)
	}
	return names
}

// eachMember calls f with the members of an object in their order.
func eachMember(object []byte, f func(name string, value json.RawMessage)) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("transport: a row: %w", err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return fmt.Errorf("transport: a row: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("transport: a row: %w", err)
		}
		f(name.(string), value)
	}
	return nil
}

// at returns what an object has at a path: a member of that name, or one of a member.
func at(members map[string]json.RawMessage, path string) json.RawMessage {
	if value, ok := members[path]; ok {
		return value
	}
	for i := range len(path) {
		value, ok := members[path[:i]]
		if path[i] != '.' || !ok || len(value) == 0 || value[0] != '{' {
			continue
		}
		inner := make(map[string]json.RawMessage)
		if eachMember(value, func(name string, value json.RawMessage) { inner[name] = value }) == nil {
			if found := at(inner, path[i+1:]); found != nil {
				return found
			}
		}
	}
	return nil
}

// cell is a value as a table shows it: texts without quotes, null as nothing, all else as JSON.
func cell(value json.RawMessage) string {
	var text string
	if len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &text) == nil {
		return text
	}
	if string(value) == "null" {
		return ""
	}
	return string(value)
}

// formulaic are the characters with which formulas begin, or what a spreadsheet leaves out before one. The wide ones are
// taken for the others where those are typed so.
const formulaic = "=+-@\t\r\n＝＋－＠"

// unformulaic puts a ' before the cells of a line that a spreadsheet would take for formulas.
func unformulaic(line []string) []string {
	for i, text := range line {
		if first, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune(formulaic, first) {
			if _, err := strconv.ParseFloat(text, 64); err != nil {
				line[i] = "'" + text
			}
		}
	}
	return line
}
