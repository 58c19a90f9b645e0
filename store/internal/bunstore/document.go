package bunstore

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Documents hold what no query looks at, as JSON in a column of bytes: later facts need no migration, and unlike text
// columns they take NUL and bytes that are not UTF-8. Their names are part of the schema.

func encode(document any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		return nil, fmt.Errorf("bunstore: encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func decode[D any](data []byte) (D, error) {
	var document D
	if err := json.Unmarshal(data, &document); err != nil {
		return document, fmt.Errorf("bunstore: decode: %w", err)
	}
	return document, nil
}
