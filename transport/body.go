package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	// bodyTime is how long the body of an ordinary route may take to arrive.
	bodyTime = 10 * time.Second
	// uploadStep is the part of an upload for which Config.MaxStall is.
	uploadStep = 16 << 10
	// idleAnswer is how long the reader of a streamed answer may take nothing of it before it is given up.
	idleAnswer = 60 * time.Second
	// What is left of a refused body is read for so long, and so much of it. net/http does that itself for a small rest.
	drainTime  = 5 * time.Second
	maxDrained = 256 << 20
	smallRest  = 256 << 10
	// streamed is the MaxBodyBytes of operations that read their body themselves.
	streamed = -1
)

// drain reads on after a refusal. Many clients send all of a body before they look at the answer: they would see their
// connection reset, and not why.
func (w *responseWriter) drain(r *http.Request, body io.Reader) {
	small := r.ContentLength >= 0 && r.ContentLength <= smallRest
	if w.status < http.StatusBadRequest || small || r.ProtoMajor != 1 || r.Header.Get("Expect") != "" {
		return
	}
	control := http.NewResponseController(w)
	if control.Flush() != nil || control.SetReadDeadline(time.Now().Add(drainTime)) != nil {
		return
	}
	defer giveUpWith(r.Context(), control)()
	_, _ = io.CopyN(io.Discard, body, maxDrained)
}

// giveUpWith ends reading a body when its request ends: a request that a stopping server breaks off would go on waiting for
// a body that stands still. It comes after the deadline that it cuts short, and is called off with what it returns.
func giveUpWith(ctx context.Context, control *http.ResponseController) func() bool {
	return context.AfterFunc(ctx, func() { _ = control.SetReadDeadline(time.Now()) })
}

// takeBody reads the body of an ordinary route and refuses one of a type that the operation does not document. Left to
// huma, a type that one route takes would be taken by all, and a body that breaks off would be answered with 500.
func (a *api) takeBody(hc huma.Context, next func(huma.Context)) {
	op := hc.Operation()
	if op.RequestBody == nil || op.MaxBodyBytes == streamed {
		next(hc)
		return
	}
	r, w := humago.Unwrap(hc)
	given := mediaType(r.Header)
	if _, ok := op.RequestBody.Content[given]; !ok && given != "" {
		a.refuse(hc, unsupportedType(op.RequestBody.Content))
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime))
	callOff := giveUpWith(r.Context(), control)
	body, err := readJSON(http.MaxBytesReader(w, r.Body, op.MaxBodyBytes), given)
	callOff()
	if err != nil {
		a.refuse(hc, err)
		return
	}
	r.Header = r.Header.Clone()
	r.Header.Set("Content-Type", "application/json")
	r.Body = io.NopCloser(bytes.NewReader(body))
	next(hc)
}

func unsupportedType(taken map[string]*huma.MediaType) error {
	return huma.Error415UnsupportedMediaType("Send the body as " + strings.Join(slices.Sorted(maps.Keys(taken)), " or ") + ".")
}

// mediaType is the type of a request's body, "" where none is stated. Several, or one that is damaged, are as they are,
// which is none that a route takes.
func mediaType(h http.Header) string {
	given := strings.Join(h.Values("Content-Type"), ", ")
	if name, _, err := mime.ParseMediaType(given); err == nil {
		return name
	}
	return given
}

// readJSON reads a body to its end; a form becomes the JSON that it stands for.
func readJSON(r io.Reader, mediaType string) ([]byte, error) {
	body, err := io.ReadAll(r)
	switch {
	case err != nil:
		return nil, bodyError(err)
	case mediaType == formType:
		return formAsJSON(body)
	case !utf8.Valid(body):
		return nil, huma.Error400BadRequest("The body is not UTF-8.")
	}
	return body, nil
}

// bodyError tells of a body that did not arrive whole.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return huma.NewError(http.StatusRequestEntityTooLarge,
			fmt.Sprintf("The body is larger than the %d bytes that this route takes.", tooLarge.Limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return huma.NewError(http.StatusRequestTimeout, "The body did not arrive in time. Send it again.")
	}
	return huma.Error400BadRequest("The body broke off, or is not framed as HTTP wants it. Send it again.")
}

// upload is the body of a request that is streamed. It gives up on one that stands still or trickles, rather than on one
// that takes long, and when its request ends. What counts is the time in which it is waited for.
type upload struct {
	ctx     context.Context // the request's
	body    io.Reader
	control *http.ResponseController
	stall   time.Duration // Config.MaxStall
	left    time.Duration // of it for this step
	read    int           // bytes of this step
	ended   error
}

func (a *api) newUpload(w http.ResponseWriter, r *http.Request) *upload {
	return &upload{ctx: r.Context(), body: r.Body, control: http.NewResponseController(w), stall: a.cfg.MaxStall, left: a.cfg.MaxStall}
}

func (u *upload) Read(b []byte) (int, error) {
	// A server that cannot set deadlines has its own ways of giving up.
	began := time.Now()
	deadline := began.Add(u.left)
	_ = u.control.SetReadDeadline(deadline)
	defer giveUpWith(u.ctx, u.control)()
	n, err := u.body.Read(b)
	u.left -= time.Since(began)
	if u.read += n; u.read >= uploadStep {
		u.left, u.read = u.stall, 0
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(deadline):
		err = u.ctx.Err()
	case err != nil && err != io.EOF:
		err = bodyError(err)
	}
	u.ended = err
	return n, err
}

// cause returns why an upload could not be kept: err, unless the body broke off, which ends the request's context as well
// and so may have come out as that.
func (u *upload) cause(err error) error {
	if u.ended != nil && u.ended != io.EOF {
		return u.ended
	}
	return err
}

// download is the body of an answer that is streamed. Like upload it gives up on a reader that stands still, rather than
// on one that takes long: such a reader would hold on to the rows' query for good.
type download struct {
	body    io.Writer
	control *http.ResponseController
	idle    time.Duration
}

func (d *download) Write(b []byte) (int, error) {
	// A server that cannot set deadlines has its own ways of giving up.
	_ = d.control.SetWriteDeadline(time.Now().Add(d.idle))
	return d.body.Write(b)
}
