package main

import (
	"net/http"
	"net/url"
)

// pagePolicy lets pages of the UI load scripts, styles, pictures and data from this server, and nothing else from anywhere:
// what an endpoint wrote can neither run nor call out, should it ever become markup. There is no nonce and no hash, so
// that the page is a plain file. The UI keeps to this:
//   - No <script> and no <style> element with content, no on… attribute, no style attribute in HTML. The style prop of React
//     and element.style are fine: they do not go through a parser.
//   - Mantine writes no <style>: MantineProvider has withCssVariables={false} and withGlobalClasses={false}, and a style
//     sheet has the variables; Modal and Drawer have lockScroll={false}; responsive values of style props, Grid, SimpleGrid
//     and AppShell give way to CSS modules.
//   - No eval, no worker from a blob, no font or picture from another host; icons may be data: URLs.
//   - A download is a link to a blob: URL with the attribute download, which no directive restricts.
//
// The API may be elsewhere, at apiURL; "" for this server.
func pagePolicy(apiURL string) string {
	connect := "'self'"
	if u, err := url.Parse(apiURL); err == nil && u.Host != "" {
		connect += " " + u.Scheme + "://" + u.Host
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src " + connect +
		"; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// withHeaders has browsers hold every page of the server to the policy, unless what answers sets a policy of its own. Nobody
// may frame a page, reach it through window.opener, read its address from a Referer header, or use it to ask for the camera
// and the like.
func withHeaders(next http.Handler, apiURL string) http.Handler {
	policy := pagePolicy(apiURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), serial=(), display-capture=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
