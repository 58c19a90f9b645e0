package transport

import (
	"encoding/json"
	"errors"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
)

const formType = "application/x-www-form-urlencoded"

// formFormat reads HTML forms, which the original's clients send to log in. Each field has one value, a text.
var formFormat = huma.Format{
	Marshal: func(io.Writer, any) error { return errors.New("transport: answers are never forms") },
	Unmarshal: func(data []byte, v any) error {
		fields, err := url.ParseQuery(string(data))
		if err != nil {
			return errors.New("the form cannot be read")
		}
		object := make(map[string]string, len(fields))
		for name, values := range fields {
			if len(values) != 1 {
				return errors.New("the form has a field more than once")
			}
			object[name] = values[0]
		}
		asJSON, err := json.Marshal(object)
		if err != nil {
			return err
		}
		return json.Unmarshal(asJSON, v)
	},
}

// formOrJSON documents a body of type T that may come as either.
func formOrJSON(schema *huma.Schema) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schema}, formType: {Schema: schema},
	}}
}
