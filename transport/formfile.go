package transport

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/ingest"
)

var errDamagedForm = &ingest.InputError{Reason: "the form is cut short or damaged"}

// formFile is archive for the part "file" of a multipart form, of which there has to be just one.
func (a *api) formFile(ctx context.Context, r *http.Request, body io.Reader) (ingest.Reader, func(), error) {
	r.Body = io.NopCloser(body)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, nil, &ingest.InputError{Reason: "the form cannot be read: its Content-Type has no boundary"}
	}
	file, err := nextFile(form)
	if err != nil {
		return nil, nil, err
	}
	if file == nil {
		return nil, nil, &ingest.InputError{Reason: `the form has no part "file"`}
	}
	archive, release, err := a.archive(ctx, file)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errDamagedForm
	}
	if err != nil {
		return nil, nil, err
	}
	if file, err = nextFile(form); err == nil && file != nil {
		err = &ingest.InputError{Reason: `the form has several parts "file": send one at a time`}
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return archive, release, nil
}

// nextFile passes over other parts without keeping them; nil when there is no other "file".
func nextFile(form *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := form.NextPart()
		switch {
		case err == io.EOF:
			return nil, nil
		case errors.As(err, new(huma.StatusError)), errors.As(err, new(*ingest.InputError)):
			return nil, err // of the body that holds the form
		case err != nil:
			return nil, errDamagedForm
		case part.FormName() == "file":
			return part, nil
		}
	}
}
