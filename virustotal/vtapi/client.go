// Package vtapi asks VirusTotal through version 3 of its API. It reads what is known of a file by its hash; files are
// never uploaded.
package vtapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/velocicompanion/velocicompanion/virustotal"
)

// maxBody is how much of an answer is read; a longer one is not understood. Real ones are well below 1 MiB.
const maxBody = 8 << 20

// Config holds what is optional. The zero value works.
type Config struct {
	// BaseURL is where the API is; default "https://www.virustotal.com/api/v3".
	BaseURL string
	// HTTPClient makes the requests; default one that gives up after 30 seconds. Redirects are never followed, whatever
	// the client says: the key must not travel to another host.
	HTTPClient *http.Client
	// UserAgent is sent along; default "velocicompanion".
	UserAgent string
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger is told why calls failed; it is silent by default. The key is never logged.
	Logger *slog.Logger
}

// Client is a [virustotal.Client] over HTTP. It is safe for concurrent use and holds nothing that has to be closed.
type Client struct {
	key   string
	files *url.URL
	http  http.Client
	cfg   Config
}

// New returns a Client that asks with apiKey. The error names what is wrong with apiKey or cfg, without repeating it.
func New(apiKey string, cfg Config) (*Client, error) {
	if apiKey == "" {
		return nil, errors.New("vtapi: New needs an API key")
	}
	if strings.ContainsFunc(apiKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("vtapi: the API key must not hold spaces, line breaks or characters outside of ASCII")
	}
	base, err := url.Parse(cmp.Or(cfg.BaseURL, "https://www.virustotal.com/api/v3"))
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" ||
		base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("vtapi: Config.BaseURL must be an http or https address without user, query or fragment")
	}
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "velocicompanion")
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.HTTPClient = cmp.Or(cfg.HTTPClient, &http.Client{Timeout: 30 * time.Second})
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	c := &Client{key: apiKey, files: base.JoinPath("files"), http: *cfg.HTTPClient, cfg: cfg}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// File implements [virustotal.Client] with a single request: one that is repeated would be spent of the source's quota
// without being counted. A 404 is ErrNotFound only when it says so in VirusTotal's own words: one from a proxy or a wrong
// BaseURL must not make every file unknown.
func (c *Client) File(ctx context.Context, hash virustotal.Hash) (virustotal.Report, error) {
	hash, err := virustotal.ParseHash(string(hash))
	if err != nil {
		return virustotal.Report{}, err
	}
	r, err := c.get(ctx, hash)
	switch {
	case err != nil && ctx.Err() != nil:
		return virustotal.Report{}, ctx.Err()
	case err != nil || r.status >= http.StatusInternalServerError:
		c.cfg.Logger.WarnContext(ctx, "virustotal: call failed", "hash", hash, "status", r.status, "error", err)
		return virustotal.Report{}, unavailable(r)
	}
	return c.read(ctx, hash, r)
}

// reply is what came back for one request; the zero reply says that nothing did.
type reply struct {
	status     int
	body       []byte
	retryAfter time.Duration // 0 where the source did not say
}

func (c *Client) get(ctx context.Context, hash virustotal.Hash) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.files.JoinPath(string(hash)).String(), nil)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("x-apikey", c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	r := reply{status: resp.StatusCode, retryAfter: retryAfter(resp.Header.Get("Retry-After"), c.cfg.Now())}
	r.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return r, err
}

func (c *Client) read(ctx context.Context, hash virustotal.Hash, r reply) (virustotal.Report, error) {
	switch r.status {
	case http.StatusOK:
		return parseFile(r.body)
	case http.StatusNotFound:
		if errorCode(r.body) == "NotFoundError" {
			return virustotal.Report{}, virustotal.ErrNotFound
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		return virustotal.Report{}, virustotal.ErrCredentials
	case http.StatusTooManyRequests:
		quota := &virustotal.QuotaError{}
		if r.retryAfter > 0 {
			quota.RetryAt = c.cfg.Now().Add(r.retryAfter)
		}
		return virustotal.Report{}, quota
	}
	c.cfg.Logger.WarnContext(ctx, "virustotal: an answer that is not VirusTotal's", "hash", hash, "status", r.status)
	return virustotal.Report{}, fmt.Errorf("%w: it answered with status %d", virustotal.ErrForeign, r.status)
}

func unavailable(r reply) error {
	if r.status == 0 {
		return fmt.Errorf("%w: it cannot be reached", virustotal.ErrUnavailable)
	}
	return fmt.Errorf("%w: it answered with status %d", virustotal.ErrUnavailable, r.status)
}
