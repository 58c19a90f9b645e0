// Package vttest is a fake VirusTotal for tests: an HTTP server that answers look-ups of files in the documented
// shapes of version 3 of the API, and misbehaves on demand.
//
//	source := vttest.NewServer()
//	defer source.Close()
//	source.Add(virustotal.Report{SHA256: sha256, Stats: virustotal.Stats{Malicious: 41, Undetected: 29}})
//	client, err := vtapi.New(vttest.Key, vtapi.Config{BaseURL: source.URL})
package vttest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

// Key is the only API key that a [Server] accepts; others are answered with 401.
const Key = "vttest-key"

// Server is a fake VirusTotal. It knows the files that were added, and answers 404 for others. It is safe for
// concurrent use.
type Server struct {
	// URL is the address of the API, for vtapi.Config.BaseURL.
	URL string

	server *httptest.Server
	stop   context.CancelFunc

	mu     sync.Mutex
	files  map[virustotal.Hash]virustotal.Report
	calls  int
	always Fault
	next   []Fault
}

// NewServer starts a Server on the loopback interface. Close it when done.
func NewServer() *Server {
	s := &Server{files: make(map[virustotal.Hash]virustotal.Report)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v3/files/{hash}", s.answer)
	ctx, stop := context.WithCancel(context.Background())
	s.server, s.stop = httptest.NewUnstartedServer(mux), stop
	s.server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	s.server.Start()
	s.URL = s.server.URL + "/api/v3"
	return s
}

// Close ends calls that are held and stops the server.
func (s *Server) Close() {
	s.stop()
	s.server.Close()
}

// Add makes the file known under each of the report's hashes.
func (s *Server) Add(r virustotal.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range [...]virustotal.Hash{r.MD5, r.SHA1, r.SHA256} {
		if h != "" {
			s.files[h] = r
		}
	}
}

// Calls returns how many calls came in so far, refused ones included.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Next makes the next calls with a valid key meet faults, one each, in this order.
func (s *Server) Next(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, faults...)
}

// Always makes every call with a valid key meet fault, once those of Next are used up; nil ends it.
func (s *Server) Always(fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always = fault
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("x-apikey")
	fault := s.count(key == Key)
	switch {
	case key == "":
		writeError(w, http.StatusUnauthorized, "AuthenticationRequiredError", "X-Apikey header is missing")
	case key != Key:
		writeError(w, http.StatusUnauthorized, "WrongCredentialsError", "Wrong API key")
	case fault != nil:
		fault(w, r, s.lookUp)
	default:
		s.lookUp(w, r)
	}
}

// count counts a call and returns the fault that it meets; one without a valid key meets none.
func (s *Server) count(valid bool) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	switch {
	case !valid:
		return nil
	case len(s.next) == 0:
		return s.always
	}
	fault := s.next[0]
	s.next = s.next[1:]
	return fault
}

func (s *Server) lookUp(w http.ResponseWriter, r *http.Request) {
	hash := r.PathValue("hash")
	s.mu.Lock()
	report, known := s.files[virustotal.Hash(hash)]
	s.mu.Unlock()
	if !known {
		writeError(w, http.StatusNotFound, "NotFoundError", fmt.Sprintf("File %q not found", hash))
		return
	}
	writeJSON(w, http.StatusOK, fileObject(report))
}
