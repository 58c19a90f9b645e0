package transport

import (
	"encoding/json"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
)

const formType = "application/x-www-form-urlencoded"

// formAsJSON turns an HTML form, which the original's clients send to log in, into a JSON object. Each field has one
// value, a text.
func formAsJSON(form []byte) ([]byte, error) {
	fields, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, huma.Error400BadRequest("The form cannot be read: it is not encoded as " + formType + ".")
	}
	object := make(map[string]string, len(fields))
	for name, values := range fields {
		if len(values) != 1 {
			return nil, huma.Error400BadRequest("The form has a field more than once.")
		}
		object[name] = values[0]
	}
	return json.Marshal(object)
}

// formOrJSON documents a body of type T that may come as either.
func formOrJSON(schema *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schema}, formType: {Schema: schema},
	}}
}
