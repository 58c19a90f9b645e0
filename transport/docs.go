package transport

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle []byte

// docsRoute is one operation as the page shows it.
type docsRoute struct {
	ID, Method, Path, Summary, Description string
	Guarded                                bool
	Parameters                             []docsField
	Bodies                                 []docsBody
	Answers                                []docsAnswer
}

type docsField struct {
	Name, In, Type, Doc string
	Required            bool
}

type docsBody struct {
	Type   string
	Fields []docsField
}

type docsAnswer struct {
	Status, Description string
	Bodies              []docsBody
}

// routeDocs serves the OpenAPI document and a page that is rendered from it, which has no scripts and asks no other host
// for anything.
func (a *api) routeDocs(mux *http.ServeMux) {
	markup := template.Must(template.New("docs").Parse(docsPage))
	page := func() ([]byte, error) {
		var out bytes.Buffer
		err := markup.Execute(&out, map[string]any{"Info": a.huma.OpenAPI().Info, "Tags": a.docsByTag()})
		return out.Bytes(), err
	}
	style := func() ([]byte, error) { return docsStyle, nil }
	mux.HandleFunc("GET /docs", a.document("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /docs.css", a.document("text/css; charset=utf-8", style))
	mux.HandleFunc("GET /openapi.json", a.document("application/json", a.huma.OpenAPI().MarshalJSON))
}

// document serves what is made when it is asked for first.
func (a *api) document(contentType string, content func() ([]byte, error)) http.HandlerFunc {
	content = sync.OnceValues(content)
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := content()
		if err != nil {
			a.logCause(r.Context(), err)
			writeProblem(w, http.StatusInternalServerError, internalDetail)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		_, _ = w.Write(body)
	}
}

func (a *api) docsByTag() map[string][]docsRoute {
	document := a.huma.OpenAPI()
	tags := map[string][]docsRoute{}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		byMethod := operations(document.Paths[path])
		for _, method := range slices.Sorted(maps.Keys(byMethod)) {
			op := byMethod[method]
			tag := strings.Join(op.Tags, ", ")
			tags[tag] = append(tags[tag], a.docsRoute(method, path, op))
		}
	}
	return tags
}

func (a *api) docsRoute(method, path string, op *huma.Operation) docsRoute {
	route := docsRoute{
		ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description,
		Guarded: len(op.Security) > 0,
	}
	for _, p := range op.Parameters {
		route.Parameters = append(route.Parameters, docsField{
			Name: p.Name, In: p.In, Type: a.docsType(p.Schema), Doc: p.Description, Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		route.Bodies = a.docsBodies(op.RequestBody.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		answer := op.Responses[status]
		shown := docsAnswer{Status: status, Description: answer.Description}
		if status < "3" {
			shown.Bodies = a.docsBodies(answer.Content)
		}
		route.Answers = append(route.Answers, shown)
	}
	return route
}

func (a *api) docsBodies(content map[string]*huma.MediaType) []docsBody {
	var bodies []docsBody
	for _, name := range slices.Sorted(maps.Keys(content)) {
		body := docsBody{Type: name}
		if schema := content[name].Schema; schema != nil {
			body.Type += ": " + a.docsType(schema)
			body.Fields = a.docsFields(schema)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// docsFields lists the fields of an object, or of the objects in an array.
func (a *api) docsFields(schema *huma.Schema) []docsField {
	schema = a.resolved(schema)
	if schema.Items != nil {
		schema = a.resolved(schema.Items)
	}
	var fields []docsField
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		doc := property.Description
		if len(property.Examples) > 0 {
			example, _ := json.Marshal(property.Examples[0])
			doc = strings.TrimSpace(doc + " Example: " + string(example))
		}
		fields = append(fields, docsField{
			Name: name, Type: a.docsType(property), Doc: doc, Required: slices.Contains(schema.Required, name),
		})
	}
	return fields
}

func (a *api) resolved(schema *huma.Schema) *huma.Schema {
	if schema.Ref == "" {
		return schema
	}
	return a.huma.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
}

func (a *api) docsType(schema *huma.Schema) string {
	if schema == nil {
		return ""
	}
	if schema.Ref != "" {
		schema = a.resolved(schema)
		if schema.Title != "" {
			return schema.Title
		}
	}
	switch {
	case schema.Items != nil:
		return "array of " + a.docsType(schema.Items)
	case len(schema.Enum) > 0:
		return strings.Trim(fmt.Sprint(schema.Enum), "[]")
	case schema.Format != "":
		return schema.Type + " (" + schema.Format + ")"
	}
	return schema.Type
}
