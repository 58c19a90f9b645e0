package transport

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
	"github.com/velocicompanion/velocicompanion/virustotal"
)

type lookup struct {
	Body struct {
		Hash string `json:"hash" doc:"MD5, SHA-1 or SHA-256, in either case" example:"16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f"`
	}
}

type verdict struct {
	Hash           string           `json:"hash" doc:"The hash that was asked for"`
	Verdict        string           `json:"verdict" enum:"malicious,suspicious,clean,unknown"`
	Malicious      *bool            `json:"malicious" nullable:"true" doc:"null when the verdict is unknown"`
	Message        string           `json:"message" doc:"The verdict in a sentence"`
	Stats          virustotal.Stats `json:"stats" doc:"How many engines said what"`
	MD5            string           `json:"md5"`
	SHA1           string           `json:"sha1"`
	SHA256         string           `json:"sha256"`
	Names          []string         `json:"names"`
	MeaningfulName string           `json:"meaningful_name"`
	ThreatLabel    string           `json:"threat_label" example:"trojan.test/demo"`
	Type           string           `json:"type"`
	Size           int64            `json:"size" doc:"Bytes"`
	Tags           []string         `json:"tags"`
	Reputation     int              `json:"reputation" doc:"The community's score; negative is bad"`
	FirstSubmitted *time.Time       `json:"first_submitted_at" nullable:"true"`
	LastAnalyzed   *time.Time       `json:"last_analyzed_at" nullable:"true"`
	FromCache      bool             `json:"from_cache"`
	FetchedAt      *time.Time       `json:"fetched_at" nullable:"true" doc:"When VirusTotal was asked; null when it was not"`
}

func viewVerdict(v virustotal.Answer) verdict {
	r := v.Record.Report
	return verdict{
		Hash: string(v.Hash), Verdict: string(v.Record.Verdict), Malicious: v.Malicious(), Message: v.Message(), Stats: r.Stats,
		MD5: string(r.MD5), SHA1: string(r.SHA1), SHA256: string(r.SHA256),
		Names: nonNil(r.Names), MeaningfulName: r.MeaningfulName, ThreatLabel: r.ThreatLabel, Type: r.Type, Size: r.Size,
		Tags: nonNil(r.Tags), Reputation: r.Reputation,
		FirstSubmitted: optionalTime(r.FirstSubmittedAt), LastAnalyzed: optionalTime(r.LastAnalyzedAt),
		FromCache: v.FromCache, FetchedAt: optionalTime(v.Record.FetchedAt),
	}
}

type verdictList struct {
	page.Request
	Verdict string `query:"verdict" enum:"malicious,suspicious,clean,unknown"`
}

type verdictCounts struct {
	Malicious  int `json:"malicious"`
	Suspicious int `json:"suspicious"`
	Clean      int `json:"clean"`
	Unknown    int `json:"unknown"`
}

func (a *api) routeVirusTotal() {
	guarded(a, auth.LookUpVerdicts, huma.Operation{
		OperationID: "list-verdicts", Method: http.MethodGet, Path: "/api/vt/verdicts", Tags: []string{"VirusTotal"},
		Summary: "What is kept of the files that were looked up, newest first",
		Description: withExample("Each file is there once, however many of its hashes were asked for, under the longest that is known. VirusTotal is not asked again.",
			"GET /api/vt/verdicts?verdict=malicious&limit=1",
			`[{"hash":"16313da1bf9c4b7edfb44318bd922d6cf2bfd3b1031606d856f8835230e0081f","verdict":"malicious","message":"41 of 70 engines call this file malicious"}]`),
	}, a.listVerdicts)
	guarded(a, auth.LookUpVerdicts, huma.Operation{
		OperationID: "count-verdicts", Method: http.MethodGet, Path: "/api/vt/verdicts/counts", Tags: []string{"VirusTotal"},
		Summary: "How many of the files that were looked up have each verdict",
	}, func(ctx context.Context, p auth.Principal, _ *struct{}) (*answer[verdictCounts], error) {
		n, err := a.companion.VirusTotal.Counts(ctx, p.Tenant)
		return reply(verdictCounts{n[virustotal.Malicious], n[virustotal.Suspicious], n[virustotal.Clean], n[virustotal.Unknown]}, err)
	})
	guarded(a, auth.LookUpVerdicts, huma.Operation{
		OperationID: "look-up-hash", Method: http.MethodPost, Path: "/api/vt/lookup", Tags: []string{"VirusTotal"},
		Summary:     "What VirusTotal says of a file's hash",
		Description: "Answers are kept for the tenant, so that most look-ups cost nothing of the quota. Files are never uploaded.",
		Errors:      []int{http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}, func(ctx context.Context, p auth.Principal, in *lookup) (*answer[verdict], error) {
		hash, err := virustotal.ParseHash(in.Body.Hash)
		if err != nil {
			return nil, err
		}
		v, err := a.companion.VirusTotal.Lookup(ctx, p.Tenant, hash)
		return reply(viewVerdict(v), err)
	})
}

func (a *api) listVerdicts(ctx context.Context, p auth.Principal, in *verdictList) (*listed[verdict], error) {
	f := virustotal.FileFilter{Verdict: virustotal.Verdict(in.Verdict), Limit: in.Limit + 1}
	after, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	if at, hash, found := strings.Cut(after, " "); found {
		micros, _ := strconv.ParseInt(at, 10, 64) // a forged one names another place, as any number does
		f.Before = virustotal.FilePlace{FetchedAt: time.UnixMicro(micros), Hash: virustotal.Hash(hash)}
	}
	found, err := a.companion.VirusTotal.Files(ctx, p.Tenant, f)
	if err != nil {
		return nil, err
	}
	found, link := page.Cut(&in.Request, p.Tenant, found, func(v virustotal.Answer) string {
		return fmt.Sprintf("%d %s", v.FetchedAt.UnixMicro(), v.Hash)
	})
	return list(found, link, viewVerdict), nil
}
