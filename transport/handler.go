// Package transport serves a Companion over HTTP: one http.Handler with every route, and the OpenAPI document that is
// generated from the same Go types.
//
// The handler is rooted at "/" and mounts under any prefix of any router with http.StripPrefix. It emits no absolute
// links and leaves CORS, compression, request logging and time limits on whole requests to the service around it.
// Errors are problems as of RFC 9457; lists are plain JSON arrays with the next page in a relative Link header.
package transport

import (
	"cmp"
	"crypto/rsa"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/companion"
	"github.com/velocicompanion/velocicompanion/transport/internal/cookie"
)

// Config holds what is optional. The zero value works.
type Config struct {
	// MaxBodyBytes bounds the bodies of all routes but ingestion, which has limits of its own; default 1 MiB.
	MaxBodyBytes int64
	// ClientAddress tells the address a request came from, for the audit trail and for slowing down guesses at
	// passwords; default the peer's. Behind a proxy, read the header that the proxy sets and clients cannot.
	ClientAddress func(*http.Request) string
	// ContainerKeys open the archives of offline collectors that are locked for their owners; see velociraptor.ParseKey.
	ContainerKeys []*rsa.PrivateKey
	// MaxStall is how long the server waits for each 16 KiB of an upload, and for its end; default a minute. One that stands
	// still or trickles is given up then, and nothing of it is kept. HTTP 408.
	MaxStall time.Duration
	// Version stands in the OpenAPI document; default "dev".
	Version string

	idleAnswer time.Duration // idleAnswer, but in tests
}

// api is what the routes share.
type api struct {
	companion *companion.Companion
	cfg       Config
	huma      huma.API
}

// New returns the handler of all routes over c. It starts nothing and has nothing to close.
func New(c *companion.Companion, cfg Config) http.Handler {
	cfg.MaxBodyBytes = cmp.Or(cfg.MaxBodyBytes, 1<<20)
	cfg.Version = cmp.Or(cfg.Version, "dev")
	cfg.MaxStall = cmp.Or(cfg.MaxStall, time.Minute)
	cfg.idleAnswer = cmp.Or(cfg.idleAnswer, idleAnswer)
	if cfg.ClientAddress == nil {
		cfg.ClientAddress = peerAddress
	}
	mux := http.NewServeMux()
	a := &api{companion: c, cfg: cfg}
	a.huma = humago.New(mux, a.humaConfig())
	a.routeHealth()
	if c.OwnLogin() {
		a.routeLogin()
		a.routeAccount()
		a.routeInvites()
	}
	a.routeUsers()
	a.routeTenants()
	a.routeTokens()
	a.routeHosts()
	a.routeIngestion()
	a.routeJobs()
	a.routeCollections()
	a.routeHunt()
	a.routeTimeline()
	a.routeDiff()
	a.routeArtifact()
	a.routeComplete()
	a.routePivot()
	a.routeSweep()
	a.routeSavedHunts()
	a.routeWatchlists()
	a.routeSightings()
	a.routeVirusTotal()
	a.routeAudit()
	a.routePush(mux)
	a.routeDocs(mux)
	mux.HandleFunc("/", a.noRoute)
	return a.around(mux)
}

func (a *api) humaConfig() huma.Config {
	cfg := huma.DefaultConfig("VelociCompanion", a.cfg.Version)
	cfg.Info.Description = "Threat hunting beside Velociraptor: every row that was collected, each tenant by itself."
	cfg.DocsPath = ""                          // a page of our own that needs no other host
	cfg.OpenAPIPath = ""                       // huma's own route races with itself
	cfg.SchemasPath, cfg.CreateHooks = "", nil // no $schema fields in answers
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearerScheme: {Type: "http", Scheme: "bearer", Description: "An access token, from login, refresh or switch."},
		cookieScheme: {Type: "apiKey", In: "cookie", Name: cookie.Name, Description: "A browser's refresh token, beside the header X-Refresh: cookie."},
	}
	cfg.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	cfg.Transformers = append(cfg.Transformers, finishProblem)
	return cfg
}

// around is what every request passes first: an id, the origin for the audit trail, headers that keep answers out of
// caches and frames and from being sniffed, the original's trailing slashes, and a net under panics. An answer that has begun is
// broken off by a panic, so that nobody takes a part for the whole.
func (a *api) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := &responseWriter{ResponseWriter: rw}
		id := uuid.NewString()
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		r = r.WithContext(auth.WithOrigin(r.Context(), auth.Origin{RequestID: id, Address: a.cfg.ClientAddress(r)}))
		if r.URL.EscapedPath() == "/docs/" {
			// The page's links are relative to its address. So is this one: what prefix was stripped is not known.
			h.Set("Location", "../docs")
			w.WriteHeader(http.StatusPermanentRedirect)
			return
		}
		if full := r.URL.Path; len(full) > 1 && strings.HasSuffix(full, "/") {
			u := *r.URL
			u.Path, u.RawPath = strings.TrimSuffix(full, "/"), strings.TrimSuffix(u.RawPath, "/")
			r.URL = &u
		}
		if path.Clean(r.URL.Path) != r.URL.Path {
			// The mux would redirect, and know nothing of a prefix that was stripped.
			writeProblem(w, http.StatusNotFound, noRouteDetail)
			return
		}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			a.companion.Logger.ErrorContext(r.Context(), "request panicked",
				"request_id", id, "method", r.Method, "cause", cause, "stack", string(debug.Stack()))
			if w.begun {
				panic(http.ErrAbortHandler)
			}
			writeProblem(w, http.StatusInternalServerError, internalDetail)
		}()
		body := r.Body
		next.ServeHTTP(w, r)
		w.drain(r, body)
	})
}

// responseWriter knows whether an answer has begun, and with which status.
type responseWriter struct {
	http.ResponseWriter
	begun  bool
	status int
}

func (w *responseWriter) WriteHeader(status int) {
	w.begun, w.status = true, status
	w.ResponseWriter.WriteHeader(status)
}

func (w *responseWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
