// Package ingest takes in what Velociraptor collected: it cuts rows into immutable chunks as they are read, keeps every
// row exactly, and accounts for each that it was offered.
//
// [Service] runs an ingest: a [Reader] writes rows into a [Batch], and all that one ingest brought becomes visible in
// one commit or not at all. Readers for what Velociraptor writes are in the velociraptor package, the bytes of a chunk
// in the chunk package. [Store] is what a backend has to do; it keeps opaque blocks and knows nothing of rows.
package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"time"

	"github.com/velocicompanion/velocicompanion/ingest/chunk"
	"github.com/velocicompanion/velocicompanion/tenancy"
)

// Errors that stores return. Test with errors.Is; adapters may wrap them.
var (
	// ErrNotFound says that the tenant has no such collection, artifact or stage.
	ErrNotFound = errors.New("ingest: not found")
)

// ChunkHeader describes one chunk: consecutive rows of one result.
type ChunkHeader struct {
	// ID is a UUID of version 7, made so that the chunks of one result sort in the order of their rows.
	ID string
	// ResultID is the result that the rows belong to, and through it the collection and host; Artifact is its artifact.
	ResultID string
	Artifact string
	// FirstRow is the place of the first row in the result, from 0; Rows is how many there are.
	FirstRow int64
	Rows     int
	// RawBytes is the size of the rows as JSON, without line ends.
	RawBytes int64
	// MinTime and MaxTime bound the times of the rows; zero when the rows have none.
	MinTime time.Time
	MaxTime time.Time
}

// MaxColumnBytes bounds the name of a column. Whoever makes chunks sees to it: names in rows can be longer.
const MaxColumnBytes = 1024

// Block is the bytes of one column of one chunk. What they mean is the chunk package's affair.
type Block struct {
	// Column is at most MaxColumnBytes of any bytes.
	Column string
	Data   []byte
}

// Chunk is a header with its blocks. No two blocks have the same Column.
type Chunk struct {
	ChunkHeader
	Blocks []Block
}

// ChunkRef is the header of a visible chunk, and whose it is.
type ChunkRef struct {
	ChunkHeader
	CollectionID string
	HostID       string
	FlowID       string
	HuntID       string
	CollectedAt  time.Time
}

// Source is what the chunk's rows are, for a Codec.
func (r ChunkRef) Source() chunk.Source {
	return chunk.Source{Artifact: r.Artifact, CollectedAt: r.CollectedAt}
}

// ChunkBlock is a block as it is read back.
type ChunkBlock struct {
	ChunkID string
	Block
}

// ArtifactSummary says how much of an artifact a tenant has.
type ArtifactSummary struct {
	Artifact string
	Rows     int64
	Hosts    int64
	// FirstSeen and LastSeen bound the CollectedAt of its collections.
	FirstSeen time.Time
	LastSeen  time.Time
}

// CollectionFilter selects collections. Empty fields select everything; texts match whole.
type CollectionFilter struct {
	HostID   string
	Artifact string // collections that have a result of it
	FlowID   string
	HuntID   string
	// Before is the id of the collection after which the page goes on, newest first; "" for the newest. Limit is the
	// most to return and has to be positive.
	Before string
	Limit  int
}

// ChunkFilter selects chunks. Empty fields select everything.
type ChunkFilter struct {
	Artifacts     []string
	CollectionIDs []string
	HostIDs       []string
	HuntIDs       []string
	// FromRow leaves out chunks whose rows all lie before this place in their result.
	FromRow int64
}

// News says that a commit made a result visible.
type News struct {
	ResultID     string
	CollectionID string
	Artifact     string
}

// CollectFunc returns the collections of a commit: see [Store].
type CollectFunc func(ctx context.Context) ([]Collection, error)

// Store keeps collections and chunks. Every method is about the tenant it is given; the zero tenant is
// tenancy.ErrNoTenant, and an id of another tenant is answered exactly like one that does not exist. Times are kept in
// UTC to the microsecond. Implementations are safe for concurrent use.
//
// # Writing
//
// An ingest opens a stage, appends chunks to it, and commits. Chunks belong to results, and a result that no commit
// has named is invisible: to every method of Store it is as if its chunks did not exist. So a crash at any moment
// leaves nothing visible.
//
// # Reading
//
// Iterators stop at the first error, which they yield with a zero value, and when ctx ends; breaking off a loop
// releases what they hold. A reader sees a commit whole or not at all, within one call.
type Store interface {
	// OpenStage begins an ingest under an id that the caller made. It also removes what is left of stages of the same
	// tenant whose lease had ended at the time now.
	OpenStage(ctx context.Context, tenant tenancy.ID, stageID string, now, lease time.Time) error

	// AppendChunks adds chunks to a stage, all or none, and extends its lease. ErrNotFound when the stage is not open
	// any more. The caller may reuse the blocks' memory once it returns.
	AppendChunks(ctx context.Context, tenant tenancy.ID, stageID string, chunks []Chunk, lease time.Time) error

	// CommitStage makes the results of collections visible, in one step, and closes the stage. For each collection it
	// finds the kept one with the same Key, applies [Merge] to the two, and keeps the outcome; results that the outcome
	// does not name any more are removed with their chunks, and so are staged chunks of results it did not take.
	// It returns the outcomes in the order of collections. ErrNotFound, and nothing changed, when the stage is not
	// open any more. Concurrent commits of one Key are as if one came after the other.
	//
	// The collections are asked for when the commit has begun, once and not after another error. What the function does
	// with its context in the hosts.Store of the same backend, for the same tenant, is part of the commit: kept with it
	// or not at all. The function calls nothing but that store; its error ends the commit, and nothing has changed.
	CommitStage(ctx context.Context, tenant tenancy.ID, stageID string, collections CollectFunc) ([]Merged, error)

	// News returns the results that commits made visible and that ForgetNews was not called for, in the order of their ids,
	// at most limit. A result that is removed is news no more. A commit and its news are kept together.
	News(ctx context.Context, tenant tenancy.ID, limit int) ([]News, error)

	// ForgetNews says that results are known now. No error for those that are not news.
	ForgetNews(ctx context.Context, tenant tenancy.ID, resultIDs []string) error

	// ReplaceBlocks gives a visible chunk other blocks and other MinTime and MaxTime, all in one step; what else its
	// header says stays. ErrNotFound, and nothing changed, when no chunk of the ID and the Artifact is visible.
	ReplaceBlocks(ctx context.Context, tenant tenancy.ID, c Chunk) error

	// DropStage closes a stage and removes its chunks. No error when there is no such stage.
	DropStage(ctx context.Context, tenant tenancy.ID, stageID string) error

	// KeepInput remembers the digest of an input, and what it brought, so that it need not be read again as long as that is there.
	// What brought says is not the store's affair; of a digest that is remembered already it takes the place of what was said.
	KeepInput(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte, brought []byte) error

	// Input returns what an input brought, or ErrNotFound where its digest is not remembered.
	Input(ctx context.Context, tenant tenancy.ID, digest [sha256.Size]byte) (brought []byte, err error)

	// Collection returns one collection, or ErrNotFound.
	Collection(ctx context.Context, tenant tenancy.ID, id string) (Collection, error)

	// Collections returns what f selects, newest first: in descending order of ids.
	Collections(ctx context.Context, tenant tenancy.ID, f CollectionFilter) ([]Collection, error)

	// Marks returns the Marks of a visible result, which the collections that are returned do not have; none, and no error, for
	// a result that has none or is not there.
	Marks(ctx context.Context, tenant tenancy.ID, resultID string) ([]byte, error)

	// Artifacts returns a summary of each artifact that has a result, even one without rows, sorted by name. Uploads is
	// none of them.
	Artifacts(ctx context.Context, tenant tenancy.ID) ([]ArtifactSummary, error)

	// Revision returns a text that is another one, and none that there ever was, once what Chunks yields for a filter has
	// changed: whoever has read it, and then the chunks, need not read them again as long as it is the same.
	Revision(ctx context.Context, tenant tenancy.ID) (string, error)

	// Chunks yields the visible chunks that f selects in the order of artifact, result id, and first row. Those of Uploads
	// are selected only by their name.
	Chunks(ctx context.Context, tenant tenancy.ID, f ChunkFilter) iter.Seq2[ChunkRef, error]

	// Blocks yields the blocks of the named columns of the named chunks of one artifact, in the order of chunk ids and
	// then of columns. Chunks without such a column, and chunks that are unknown or invisible, are passed over; those
	// that stop being visible while they are read may instead be ErrReplaced. The data is the caller's to keep.
	Blocks(ctx context.Context, tenant tenancy.ID, artifact string, columns, chunkIDs []string) iter.Seq2[ChunkBlock, error]
}
