package transport

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/velocicompanion/velocicompanion/auth"
	"github.com/velocicompanion/velocicompanion/hosts"
	"github.com/velocicompanion/velocicompanion/transport/internal/page"
)

type host struct {
	ID           string     `json:"id" format:"uuid"`
	ClientID     string     `json:"client_id" doc:"Velociraptor's id of the machine, empty while not known" example:"C.4c9bfb82d6c7fe51"`
	Hostname     string     `json:"hostname" example:"web01.corp.example"`
	FQDN         string     `json:"fqdn"`
	IPAddress    string     `json:"ip_address" doc:"The address it was last seen at" example:"10.77.0.11"`
	OS           string     `json:"os" example:"linux"`
	Release      string     `json:"release" example:"debian12.15"`
	Architecture string     `json:"architecture" example:"amd64"`
	MACAddresses []string   `json:"mac_addresses"`
	TenantID     string     `json:"tenant_id" format:"uuid"`
	Metadata     metadata   `json:"host_metadata"`
	Labels       []string   `json:"labels"`
	CreatedAt    time.Time  `json:"created_at"`
	FirstSeen    *time.Time `json:"first_seen" nullable:"true"`
	LastSeen     *time.Time `json:"last_seen" nullable:"true"`
}

// metadata keeps each value as it came, so that large numbers survive.
type metadata map[string]json.RawMessage

// Schema tells huma that metadata is an object of anything.
func (metadata) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "Whatever else is known, by name"}
}

func viewHost(h hosts.Host) host {
	return host{
		ID: h.ID, ClientID: h.ClientID, Hostname: h.Hostname, FQDN: h.FQDN, IPAddress: h.IPAddress,
		OS: h.OS, Release: h.Release, Architecture: h.Architecture, MACAddresses: nonNil(h.MACAddresses),
		TenantID: h.TenantID.String(), Metadata: nonNilMap(h.Metadata), Labels: nonNil(h.Labels),
		CreatedAt: h.CreatedAt, FirstSeen: optionalTime(h.FirstSeen), LastSeen: optionalTime(h.LastSeen),
	}
}

type hostList struct {
	page.Request
	Name      string `query:"name" maxLength:"512" doc:"A part of the host name or FQDN, in any case"`
	ClientID  string `query:"client_id" maxLength:"512"`
	OS        string `query:"os" maxLength:"512"`
	IPAddress string `query:"ip_address" maxLength:"512"`
	Label     string `query:"label" maxLength:"512"`
}

type newHost struct {
	Body struct {
		Hostname  string   `json:"hostname" minLength:"1" maxLength:"512"`
		ClientID  string   `json:"client_id,omitempty" maxLength:"512"`
		IPAddress string   `json:"ip_address,omitempty" maxLength:"512"`
		OS        string   `json:"os,omitempty" maxLength:"512"`
		Metadata  metadata `json:"host_metadata,omitempty"`
		Labels    []string `json:"labels,omitempty" maxItems:"1000"`
	}
}

type byHostID struct {
	ID string `path:"host_id"`
}

func (a *api) routeHosts() {
	guarded(a, auth.ReadHosts, huma.Operation{
		OperationID: "list-hosts", Method: http.MethodGet, Path: "/api/hosts", Tags: []string{"Hosts"},
		Summary: "The tenant's hosts, oldest first",
	}, a.listHosts)
	guarded(a, auth.WriteHosts, huma.Operation{
		OperationID: "create-host", Method: http.MethodPost, Path: "/api/hosts", Tags: []string{"Hosts"},
		Summary: "Add a host, or add to what is known of it",
		Description: "A host is known by its client id, else by its name. When it is there already, what the body tells is merged " +
			"into it and the answer is 200; metadata that the body does not name stays.",
		DefaultStatus: http.StatusCreated,
	}, a.createHost)
	a.mayBeThere("/api/hosts")
	guarded(a, auth.ReadHosts, huma.Operation{
		OperationID: "get-host", Method: http.MethodGet, Path: "/api/hosts/{host_id}", Tags: []string{"Hosts"},
		Summary: "One host",
	}, func(ctx context.Context, p auth.Principal, in *byHostID) (*answer[host], error) {
		h, err := a.companion.Hosts.Host(ctx, p.Tenant, in.ID)
		return reply(viewHost(h), err)
	})
}

func (a *api) listHosts(ctx context.Context, p auth.Principal, in *hostList) (*listed[host], error) {
	after, err := in.After(p.Tenant)
	if err != nil {
		return nil, err
	}
	found, err := a.companion.Hosts.Hosts(ctx, p.Tenant, hosts.Filter{
		Name: in.Name, ClientID: in.ClientID, OS: in.OS, IPAddress: in.IPAddress, Label: in.Label,
		After: after, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, err
	}
	found, link := page.Cut(&in.Request, p.Tenant, found, func(h hosts.Host) string { return h.ID })
	return list(found, link, viewHost), nil
}

func (a *api) createHost(ctx context.Context, p auth.Principal, in *newHost) (*answerWithStatus[host], error) {
	h, created, err := a.companion.Hosts.Upsert(ctx, p.Tenant, hosts.Observation{
		ClientID: in.Body.ClientID,
		Facts: hosts.Facts{
			Hostname: in.Body.Hostname, IPAddress: in.Body.IPAddress, OS: in.Body.OS,
			Labels: in.Body.Labels, Metadata: in.Body.Metadata,
		},
	}, a.companion.Now())
	if err != nil {
		return nil, err
	}
	out := &answerWithStatus[host]{Status: http.StatusOK, Body: viewHost(h)}
	if created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func nonNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func nonNilMap(m map[string]json.RawMessage) metadata {
	if m == nil {
		return metadata{}
	}
	return m
}

// givenTime returns a time that a body may leave out, or the zero time where it does. Where it is there it is never zero,
// which would mean that there is none: the first moment of the year 1 becomes the next.
func givenTime(t *time.Time) time.Time {
	switch {
	case t == nil:
		return time.Time{}
	case t.IsZero():
		return t.Add(1)
	}
	return *t
}

func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
