package ingest

import (
	"slices"
	"time"

	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Status says how much of a collection is there.
type Status string

// The statuses there are.
const (
	// Complete: every row that was offered is kept, and no fewer than Velociraptor says there are.
	Complete Status = "complete"
	// Partial: rows were rejected, or fewer arrived than Velociraptor says there are.
	Partial Status = "partial"
	// Duplicate is only ever an answer to an ingest, never kept: all of it was there already.
	Duplicate Status = "duplicate"
)

// Dating says what a time of collection is.
type Dating int

// The datings there are, the better ones last.
const (
	// ByIngest: nothing tells, so that it is when the collection was ingested first.
	ByIngest Dating = iota
	// ByHunt: when the hunt was launched of which the flow is.
	ByHunt
	// ByFlow: when the flow ran.
	ByFlow
)

// Collection is what one flow, or one delivery without a flow, brought from one host.
type Collection struct {
	// ID is a UUID of version 7.
	ID       string
	TenantID tenancy.ID
	// HostID is the host's id in the inventory; Hostname and ClientID are the host's when the collection arrived.
	HostID   string
	Hostname string
	ClientID string
	// FlowID and HuntID are Velociraptor's, empty where there is none. All hosts of a hunt share one FlowID.
	FlowID string
	HuntID string
	// Key tells whether two collections of a tenant are the same one: see [Merge].
	Key    string
	Status Status
	// ExpectedRows is how many rows Velociraptor says that the flow has, over all artifacts; nil where it does not say.
	ExpectedRows *int64
	// CollectedAt is when the flow ran, or what is known best instead, as Dating says. IngestedAt is when it, or the last part
	// of it, was ingested.
	CollectedAt time.Time
	Dating      Dating
	IngestedAt  time.Time
	// Results are sorted by artifact, and the parts of one by their ids.
	Results []Result
}

// Artifacts returns one result for each artifact: the parts of those that came in several are added up, without their
// ids and digests. The uploaded files are no artifact's.
func (c Collection) Artifacts() []Result {
	var all []Result
	for _, r := range c.Results {
		if r.Artifact == Uploads {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Artifact == r.Artifact {
			all[n-1] = all[n-1].with(r)
			continue
		}
		all = append(all, r)
	}
	return all
}

func (r Result) with(part Result) Result {
	r.ID, r.Part, r.Digest, r.Extent = "", "", "", Unsaid
	r.Read, r.Stored, r.Rejected = r.Read+part.Read, r.Stored+part.Stored, r.Rejected+part.Rejected
	r.NullRows += part.NullRows
	r.Expected = larger(r.Expected, part.Expected)
	r.Rejections = slices.Concat(r.Rejections, part.Rejections)
	r.Rejections = r.Rejections[:min(len(r.Rejections), MaxRejections)]
	return r
}

// Result is the rows of one artifact in one collection, or a part of them.
type Result struct {
	// ID is a UUID of version 7; chunks refer to it.
	ID string
	// Artifact is Velociraptor's name, with the source after a slash where there is one: "Generic.Client.Info/Users".
	Artifact string
	// Part is set where the rows are some of those of the artifact, as a server pushes them in batches, and tells the parts
	// apart: by the way they came, and what they are, "elastic/…". It is "" where they are all.
	Part string
	// Marks are what is remembered of the rows of a part, also of those that are not stored because another result of the
	// collection has them. They are kept with the result, and what reads a collection does not return them: see Store.Marks.
	Marks []byte
	// Extent says whether the rows are all there are; see [Merge].
	Extent Extent
	// Instead is set for a commit that puts the result in the place of another, and is not kept.
	Instead *Instead
	// Lossy says that the rows were read of a form that loses some of what they had, as CSV does.
	Lossy bool
	// Expected is how many rows Velociraptor says there are; nil where it does not say for this artifact alone.
	Expected *int64
	// Read counts the rows that were offered, Stored those that are kept, Rejected those that could not be.
	// Read is Stored plus Rejected.
	Read     int64
	Stored   int64
	Rejected int64
	// NullRows counts the stored rows that hold nothing but nulls, as a source writes one that could not run.
	NullRows int64
	// Rejections tells of the first rejected rows, at most [MaxRejections].
	Rejections []Rejection
	// Digest is a SHA-256, in hex, over the rows that could be kept in their order.
	Digest string
}

// Rejection says which row could not be kept and why.
type Rejection struct {
	// Line is the row's place in what was read: a line number, or for rows in an array the place in it. From 1.
	Line   int64
	Reason string
}

// MaxRejections is how many rejected rows of a result are told of one by one.
const MaxRejections = 20
