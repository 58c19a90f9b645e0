package transport

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/ingest"
	"github.com/velocicompanion/velocicompanion/ingest/velociraptor"
)

var errDamagedForm = &ingest.InputError{Reason: "the form is cut short or damaged"}

// maxFormField is the longest field of a form beside its file.
const maxFormField = 64 << 10

// formFile is archive for the part "file" of a multipart form, of which there has to be just one; "zip" is another name
// for it, which artifacts that push exports use. The part "password" may come before it or behind it.
func (a *api) formFile(ctx context.Context, in *ingestion, body io.Reader) (*velociraptor.Archive, func(), error) {
	in.request.Body = io.NopCloser(body)
	form, err := in.request.MultipartReader()
	if err != nil {
		return nil, nil, &ingest.InputError{Reason: "the form cannot be read: its Content-Type has no boundary"}
	}
	var archive *velociraptor.Archive
	release := func() {}
	for {
		part, err := nextPart(form)
		switch {
		case err == nil && part == nil && archive == nil:
			err = &ingest.InputError{Reason: `the form has no part "file"`}
		case err == nil && part == nil:
			archive.Password = in.Password
			return archive, release, nil
		case err == nil && part.FormName() == "password":
			in.Password, err = formField(part)
		case err == nil && archive != nil:
			err = &ingest.InputError{Reason: `the form has several parts "file": send one at a time`}
		case err == nil:
			archive, release, err = a.formArchive(ctx, in, part)
		}
		if err != nil {
			release()
			return nil, nil, err
		}
	}
}

func (a *api) formArchive(ctx context.Context, in *ingestion, file *multipart.Part) (*velociraptor.Archive, func(), error) {
	in.fileName = file.FileName()
	archive, release, err := a.archive(ctx, in, file)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errDamagedForm
	}
	if err != nil {
		return nil, func() {}, err
	}
	return archive, release, nil
}

// named returns the reader of what a form has: a table where its file is named as one and is no zip, or the archive.
func (in *ingestion) named(archive *velociraptor.Archive) ingest.Reader {
	start := make([]byte, len("PK"))
	if _, err := archive.File.ReadAt(start, 0); err == nil && string(start) == "PK" {
		return archive
	}
	content := io.NewSectionReader(archive.File, 0, archive.Size)
	switch strings.ToLower(path.Ext(in.fileName)) {
	case ".csv":
		return in.table(content, velociraptor.CSV)
	case ".jsonl", ".ndjson":
		return in.table(content, velociraptor.JSONLines)
	case ".json":
		return in.json(content)
	}
	return archive
}

func formField(part *multipart.Part) (string, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", errDamagedForm
	case err != nil:
		return "", err
	case len(text) > maxFormField:
		return "", &ingest.InputError{Reason: `the part "password" is too long`}
	}
	return string(text), nil
}

// nextPart passes over other parts without keeping them; nil when there is no other "file" or "password".
func nextPart(form *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := form.NextPart()
		switch {
		case err == io.EOF:
			return nil, nil
		case errors.As(err, new(huma.StatusError)), errors.As(err, new(*ingest.InputError)):
			return nil, err // of the body that holds the form
		case err != nil:
			return nil, errDamagedForm
		}
		switch part.FormName() {
		case "file", "zip", "password":
			return part, nil
		case "tenant_id":
			return nil, &ingest.InputError{Reason: `the form has a part "tenant_id": the tenant is the one that the token is for`}
		}
	}
}
