// Package cookie keeps the refresh tokens of browsers in a cookie that no script can read.
package cookie

import (
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Name of the cookie.
const Name = "vc_refresh"

// Form is the part of a request that says how its client keeps the refresh token: a program gets it in the answer's JSON, a
// browser asks for the cookie. Inputs embed it.
//
// The cookie counts only beside the header. Another site can make a browser send a cookie, but not this header, unless
// the service around the handler allows it by CORS; and SameSite keeps other sites from making it send even the cookie.
type Form struct {
	Header string `header:"X-Refresh" enum:"cookie" doc:"For browsers: the refresh token is in a cookie that scripts cannot read, and not in the JSON"`

	request *http.Request
}

// Resolve keeps the request.
func (f *Form) Resolve(hc huma.Context) []error {
	f.request, _ = humago.Unwrap(hc)
	return nil
}

// Request returns the request that the form came in.
func (f *Form) Request() *http.Request { return f.request }

// Asked reports whether the client is a browser that keeps its refresh token in the cookie.
func (f *Form) Asked() bool { return f.Header != "" }

// Set returns the Set-Cookie header for a refresh token that is good for some time.
func (f *Form) Set(token string, lifetime time.Duration) string {
	return f.with(token, max(1, int(lifetime.Seconds())))
}

// Remove returns the Set-Cookie header that makes a browser forget the cookie.
func (f *Form) Remove() string { return f.with("", -1) }

// with has no Path, so that browsers scope the cookie to the folder of the route that sets it: {prefix}/api/auth, wherever
// the handler is mounted and whatever proxies make of its address. All routes that set or read it are in that folder.
func (f *Form) with(value string, maxAge int) string {
	cookie := http.Cookie{
		Name: Name, Value: value, MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: f.secure(),
	}
	return cookie.String()
}

// secure reports whether the browser came by TLS. Behind a proxy that ends TLS, the address of the page tells.
func (f *Form) secure() bool {
	return f.request.TLS != nil || strings.HasPrefix(f.request.Header.Get("Origin"), "https://")
}
